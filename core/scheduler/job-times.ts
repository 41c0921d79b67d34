import type { Clock } from '../clock.ts'
import { RequestError } from '../errors.ts'
import type { Settings } from '../settings.ts'
import type { Job, JobAuthor } from './job.ts'
import type { FireTime } from './jobs.ts'
import { describeSchedule } from './schedule/describe-schedule.ts'
import { nextOccurrence } from './schedule/next-occurrence.ts'
import { preview } from './schedule/preview.ts'

const shownTimes = 5

type Planned = Pick<Job, 'schedule' | 'endsAt' | 'maxRuns' | 'runs'>

/**
 * When jobs are due, in the words of whoever asks. A schedule that cannot be worked out any more (its zone is gone) has
 * no times and is shown as it is written: one such job must not hide the others.
 */
export class JobTimes {
  readonly #clock: Clock
  readonly #settings: () => Settings

  constructor(parts: { readonly clock: Clock; readonly settings: () => Settings }) {
    this.#clock = parts.clock
    this.#settings = parts.settings
  }

  describe({ schedule }: Pick<Job, 'schedule'>, by: JobAuthor): string {
    try {
      return describeSchedule(schedule, by.language, this.#zone(by))
    } catch {
      return schedule.kind === 'cron' ? `${schedule.expression} (${schedule.timezone})` : ''
    }
  }

  /** The next times of an active job, five at most. */
  next(job: Planned & Pick<Job, 'state' | 'cursor'>, by: JobAuthor): readonly FireTime[] {
    if (job.state !== 'active') return []
    return this.after(job, Math.max(job.cursor, this.#clock.now()), shownTimes, by)
  }

  after(job: Planned, instant: number, max: number, by: JobAuthor): readonly FireTime[] {
    const count = Math.min(max, job.maxRuns === undefined ? max : job.maxRuns - job.runs)
    try {
      const times = preview(job.schedule, instant, count, this.#zone(by), by.language)
      return times.filter(({ at }) => job.endsAt === undefined || at < job.endsAt)
    } catch {
      return []
    }
  }

  /** When a job goes on that is resumed now. Throws `RequestError` when that cannot be worked out any more. */
  nextOf({ id, schedule, cursor, endsAt }: Job): number | undefined {
    try {
      const at = nextOccurrence(schedule, Math.max(this.#clock.now(), cursor))
      return at !== undefined && endsAt !== undefined && at >= endsAt ? undefined : at
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      const message = `Job ${id}: its next time cannot be worked out: ${why}. Give it a new time first.`
      throw new RequestError(409, 'unplannable', message)
    }
  }

  #zone(by: JobAuthor): string {
    return by.timeZone ?? this.#settings().timezone
  }
}
