import type { JobNotice } from './scheduler/job-store.ts'

/** What the gateway says about planned work. */
export type JobSentences = {
  /** In the job's chat. */
  jobFailed(name: string, trace: string): string
  /** For owners. */
  jobNotice(notice: JobNotice): string
  reminder(what: string): string
  /** `when` is the schedule in words, `next` its next time. */
  reminderSet(job: string, when: string, next: string | undefined): string
  remindHow: string
  noJobs: string
  jobLine(job: JobLine): string
  jobsHow: string
  noSuchJob(id: string): string
  jobPaused(id: string): string
  jobResumed(id: string, next: string | undefined): string
  jobRemoved(id: string): string
  jobRuns(id: string): string
  /** It is paused, or resumed, or busy already. */
  jobUnchanged(id: string): string
  tooManyJobs(max: number): string
}

export type JobLine = {
  readonly number: string
  readonly name: string
  readonly when: string
  readonly next: string | undefined
  readonly isPaused: boolean
  /** Why the gateway itself paused it. */
  readonly why: string | undefined
}

function because(why: string | undefined): string {
  return why === undefined ? '' : `: ${why}`
}

export const englishJobs: JobSentences = {
  jobFailed: (name, trace) => `The job "${name}" did not work out. (trace ${trace})`,
  jobNotice: ({ kind, jobId, name, failures, detail, occurrenceId }) =>
    ({
      failing:
        failures === 1
          ? `The job "${name}" (${jobId}) failed: ${detail} (trace ${occurrenceId})`
          : `The job "${name}" (${jobId}) failed ${failures} times in a row: ${detail} (trace ${occurrenceId})`,
      paused: `The job "${name}" (${jobId}) failed ${failures} times in a row, so I paused it: ${detail} When it is mended: jackdaw jobs resume ${jobId}`,
      undeliverable: `What the job "${name}" (${jobId}) had to say could not be delivered: ${detail}`,
      'module-changed': `I paused the job "${name}" (${jobId}), because its module ${detail} has changed since an owner accepted it. If the change is right: jackdaw jobs accept ${jobId}`,
      unplannable: `I paused the job "${name}" (${jobId}), because ${detail}. Give it a new time (jackdaw jobs edit ${jobId}), then: jackdaw jobs resume ${jobId}`,
    })[kind],
  reminder: (what) => `Reminder: ${what}`,
  reminderSet: (job, when, next) =>
    next === undefined || next === when
      ? `I will remind you ${when}. (/jobs remove ${job} takes it back)`
      : `I will remind you ${when}; next: ${next}. (/jobs remove ${job} takes it back)`,
  remindHow:
    'Write /remind, when and what: /remind in 20 minutes stretch, /remind tomorrow 17:00 call Ana, /remind every weekday at 8 stand up.',
  noJobs: 'Nothing is planned here.',
  jobLine: ({ number, name, when, next, isPaused, why }) =>
    `${number}. ${name}: ${when}${isPaused ? ` (paused${because(why)})` : next === undefined ? '' : `; next: ${next}`}`,
  jobsHow: 'Change one with /jobs pause, resume, remove or run and its number.',
  noSuchJob: (id) => `There is no job ${id} here.`,
  jobPaused: (id) => `Job ${id} is paused.`,
  jobResumed: (id, next) =>
    next === undefined ? `Job ${id} has no further time.` : `Job ${id} goes on; next: ${next}.`,
  jobRemoved: (id) => `Job ${id} is removed.`,
  jobRuns: (id) => `Job ${id} runs now.`,
  jobUnchanged: (id) => `Job ${id} is so already, or it is busy.`,
  tooManyJobs: (max) => `There are ${max} jobs already. Remove one first.`,
}

export const germanJobs: JobSentences = {
  jobFailed: (name, trace) => `Der Auftrag „${name}“ hat nicht geklappt. (Spur ${trace})`,
  jobNotice: ({ kind, jobId, name, failures, detail, occurrenceId }) =>
    ({
      failing:
        failures === 1
          ? `Der Auftrag „${name}“ (${jobId}) ist gescheitert: ${detail} (Spur ${occurrenceId})`
          : `Der Auftrag „${name}“ (${jobId}) ist ${failures}-mal hintereinander gescheitert: ${detail} (Spur ${occurrenceId})`,
      paused: `Der Auftrag „${name}“ (${jobId}) ist ${failures}-mal hintereinander gescheitert, deshalb habe ich ihn angehalten: ${detail} Wenn es behoben ist: jackdaw jobs resume ${jobId}`,
      undeliverable: `Was der Auftrag „${name}“ (${jobId}) zu sagen hatte, kam nicht an: ${detail}`,
      'module-changed': `Den Auftrag „${name}“ (${jobId}) habe ich angehalten: Sein Modul ${detail} wurde geändert, seit ein Besitzer ihm zugestimmt hat. Wenn die Änderung richtig ist: jackdaw jobs accept ${jobId}`,
      unplannable: `Der Auftrag „${name}“ (${jobId}) lässt sich nicht mehr planen, deshalb habe ich ihn angehalten: ${detail}. Gib ihm eine neue Zeit (jackdaw jobs edit ${jobId}), danach: jackdaw jobs resume ${jobId}`,
    })[kind],
  reminder: (what) => `Erinnerung: ${what}`,
  reminderSet: (job, when, next) =>
    next === undefined || next === when
      ? `Ich erinnere dich: ${when}. (/jobs remove ${job} nimmt es zurück)`
      : `Ich erinnere dich: ${when}; als Nächstes ${next}. (/jobs remove ${job} nimmt es zurück)`,
  remindHow:
    'Schreib /remind, wann und was: /remind in 20 Minuten dehnen, /remind morgen 17 Uhr Ana anrufen, /remind jeden Werktag um 8 aufstehen.',
  noJobs: 'Hier ist nichts geplant.',
  jobLine: ({ number, name, when, next, isPaused, why }) =>
    `${number}. ${name}: ${when}${isPaused ? ` (angehalten${because(why)})` : next === undefined ? '' : `; als Nächstes ${next}`}`,
  jobsHow: 'Ändern mit /jobs pause, resume, remove oder run und der Nummer.',
  noSuchJob: (id) => `Hier gibt es keinen Auftrag ${id}.`,
  jobPaused: (id) => `Auftrag ${id} ist angehalten.`,
  jobResumed: (id, next) =>
    next === undefined
      ? `Auftrag ${id} hat keinen weiteren Zeitpunkt.`
      : `Auftrag ${id} läuft weiter; als Nächstes ${next}.`,
  jobRemoved: (id) => `Auftrag ${id} ist gelöscht.`,
  jobRuns: (id) => `Auftrag ${id} läuft jetzt.`,
  jobUnchanged: (id) => `Auftrag ${id} ist schon so, oder er ist gerade dran.`,
  tooManyJobs: (max) => `Es gibt schon ${max} Aufträge. Lösche erst einen.`,
}
