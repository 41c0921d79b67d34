import type { Clock } from '../../core/clock.ts'
import { JobDesk } from '../../core/scheduler/job-desk.ts'
import { Targets } from '../../core/scheduler/targets.ts'
import type { Settings } from '../../core/settings.ts'
import type { Store } from '../../core/store/store.ts'

/** The desk of planned work over a real store, without a scheduler and with no owner to write to. */
export function fakeJobs(store: Store, clock: Clock, settings: Settings): JobDesk {
  const targets = new Targets({
    conversations: store.conversations,
    inbox: store.inbox,
    owners: { chat: async () => undefined },
    settings: () => settings,
  })
  return new JobDesk({
    jobs: store.jobs,
    targets,
    clock,
    settings: () => settings,
    onChange: () => undefined,
  })
}
