import { accessContract } from './store/access.ts'
import { approvalsContract } from './store/approvals.ts'
import { arrivalsContract } from './store/arrivals.ts'
import { attachmentsContract } from './store/attachments.ts'
import { chatQuestionsContract } from './store/chat-questions.ts'
import { chatSettingsContract } from './store/chat-settings.ts'
import { chatsContract } from './store/chats.ts'
import { commandsContract } from './store/commands.ts'
import { deliveriesContract } from './store/deliveries.ts'
import { editsContract } from './store/edits.ts'
import { foldingContract } from './store/folding.ts'
import { generationsContract } from './store/generations.ts'
import { heartbeatsContract } from './store/heartbeats.ts'
import { inboxContract } from './store/inbox.ts'
import { interleavingsContract } from './store/interleavings.ts'
import { jobInterleavingsContract } from './store/job-interleavings.ts'
import { jobsContract } from './store/jobs.ts'
import { laneInterleavingsContract } from './store/lane-interleavings.ts'
import { lanesContract } from './store/lanes.ts'
import { leasesContract } from './store/leases.ts'
import { occurrencesContract } from './store/occurrences.ts'
import { previewsContract } from './store/previews.ts'
import { requestsContract } from './store/requests.ts'
import { runsContract } from './store/runs.ts'
import { sessionsContract } from './store/sessions.ts'
import { steeringContract } from './store/steering.ts'
import { toolsContract } from './store/tools.ts'
import { upkeepContract } from './store/upkeep.ts'
import { usageContract } from './store/usage.ts'
import { viewsContract } from './store/views.ts'
import type { Engine } from './store/world.ts'

/** The promises every store keeps, as tests. `name` begins each of their names. */
export function storeContract(name: string, engine: Engine): void {
  inboxContract(name, engine)
  foldingContract(name, engine)
  steeringContract(name, engine)
  editsContract(name, engine)
  previewsContract(name, engine)
  chatsContract(name, engine)
  runsContract(name, engine)
  leasesContract(name, engine)
  sessionsContract(name, engine)
  generationsContract(name, engine)
  heartbeatsContract(name, engine)
  commandsContract(name, engine)
  deliveriesContract(name, engine)
  lanesContract(name, engine)
  attachmentsContract(name, engine)
  accessContract(name, engine)
  chatSettingsContract(name, engine)
  chatQuestionsContract(name, engine)
  requestsContract(name, engine)
  approvalsContract(name, engine)
  arrivalsContract(name, engine)
  usageContract(name, engine)
  jobsContract(name, engine)
  occurrencesContract(name, engine)
  viewsContract(name, engine)
  toolsContract(name, engine)
  upkeepContract(name, engine)
  interleavingsContract(name, engine)
  laneInterleavingsContract(name, engine)
  jobInterleavingsContract(name, engine)
}
