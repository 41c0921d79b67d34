import type { Store } from '../../core/store/store.ts'
import { SqliteAccess } from './access.ts'
import { SqliteApprovals } from './approvals.ts'
import { SqliteArrivals } from './arrivals.ts'
import { SqliteAttachments } from './attachments.ts'
import { Audit } from './audit.ts'
import { ChatApprovals } from './chat-approvals.ts'
import { ChatLines } from './chat-lines.ts'
import { ChatMigration } from './chat-migration.ts'
import { ChatQuestions } from './chat-questions.ts'
import { connect, keepLog } from './connect.ts'
import { SqliteConversations } from './conversation-views.ts'
import { Conversations } from './conversations.ts'
import { SqliteDeliveries } from './deliveries.ts'
import { DeliveryRows } from './delivery-rows.ts'
import type { DiskSync } from './disk-sync.ts'
import { Edits } from './edits.ts'
import { Effects } from './effects.ts'
import { SqliteGenerations } from './generations.ts'
import { Grants } from './grants.ts'
import { SqliteHeartbeats } from './heartbeats.ts'
import { HeldMessages } from './held-messages.ts'
import { SqliteInbox } from './inbox.ts'
import { Incoming } from './incoming.ts'
import { IntakeQueue } from './intake-queue.ts'
import { JobActs } from './job-acts.ts'
import { JobRows } from './job-rows.ts'
import { SqliteJobs } from './jobs.ts'
import { KnownMessages } from './known-messages.ts'
import { Messages } from './messages.ts'
import { SqliteOccurrences } from './occurrences.ts'
import { Outgoing } from './outgoing.ts'
import { Pairings } from './pairings.ts'
import { QuestionMessages } from './question-messages.ts'
import { Repeats } from './repeats.ts'
import { SqliteRequests } from './requests.ts'
import { RunEvents } from './run-events.ts'
import { RunQueue } from './run-queue.ts'
import { RunRequests } from './run-requests.ts'
import { RunRows } from './run-rows.ts'
import { SqliteRuns } from './runs.ts'
import { Senders } from './senders.ts'
import { SessionRows, SqliteSessions } from './sessions.ts'
import { SqliteSteering } from './steering.ts'
import { SqliteTools } from './tools.ts'
import { Traces } from './traces.ts'
import { SqliteUpkeep } from './upkeep.ts'
import { SqliteUsage } from './usage.ts'
import { SqliteViews } from './views.ts'
import { Withdrawals } from './withdrawals.ts'
import { Writer } from './writer.ts'

/** Opens the store in one SQLite file, creating and migrating it as needed. Throws `StoreError`. */
export function openSqliteStore(file: string, disk: DiskSync, lingerMs: number): Store {
  const db = connect(file)
  const writer = new Writer(db, file, disk, lingerMs)

  const conversations = new Conversations(db)
  const messages = new Messages(db)
  const events = new RunEvents(db)
  const outgoing = new Outgoing(db, events)
  const questions = new QuestionMessages(db, outgoing)
  const grants = new Grants(db)
  const asked = new RunRequests(db, { outgoing, events, messages: questions, grants })
  const queue = new RunQueue(db, events, asked)
  const repeats = new Repeats(db, queue)
  const sessions = new SessionRows(db)
  const senders = new Senders(db)
  const audit = new Audit(db)
  const pairings = new Pairings(db, { senders, audit, messages: questions })
  const held = new HeldMessages(db, sessions, queue)
  const approvals = new ChatApprovals(db, { conversations, held, audit, messages: questions })
  const chats = new ChatQuestions(db, { approvals, held, outgoing })
  const access = new SqliteAccess(db, writer, {
    conversations,
    senders,
    pairings,
    audit,
    approvals,
  })
  const requests = new SqliteRequests(db, writer, {
    conversations,
    held,
    outgoing,
    pairings,
    chats,
    messages: questions,
  })
  for (const kept of [conversations, senders, sessions, events])
    writer.onRollback(() => kept.forget())
  const incoming = new Incoming(db)
  const arrivals = new SqliteArrivals(db, outgoing)
  const heartbeats = new SqliteHeartbeats(db, writer, { conversations, sessions, queue, outgoing })
  const jobs = new JobRows(db, conversations)
  const jobActs = new JobActs(db, jobs, queue)

  return {
    inbox: new SqliteInbox(writer, {
      known: new KnownMessages(db),
      conversations,
      sessions,
      queue,
      incoming,
      edits: new Edits(db, incoming),
      withdrawals: new Withdrawals(db, queue, questions),
      intake: new IntakeQueue(db, queue, outgoing),
      held,
      chats,
      arrivals,
      outgoing,
      access,
      senders,
      pairings,
      effects: new Effects(db, {
        sessions,
        queue,
        repeats,
        pairings,
        requests,
        asked,
        conversations,
        approvals,
        jobs,
        jobActs,
        heartbeats,
      }),
      migration: new ChatMigration(db, { conversations, sessions, outgoing }),
    }),
    runs: new SqliteRuns(db, writer, {
      conversations,
      sessions,
      queue,
      repeats,
      outgoing,
      messages,
    }),
    steering: new SqliteSteering(db, writer, queue, messages),
    deliveries: new SqliteDeliveries(db, writer, { conversations, outgoing, events: queue.events }),
    sessions: new SqliteSessions(db, writer, sessions, queue),
    generations: new SqliteGenerations(db, writer, sessions, queue),
    heartbeats,
    access,
    conversations: new SqliteConversations(db, writer, conversations),
    attachments: new SqliteAttachments(db, writer),
    requests,
    approvals: new SqliteApprovals(db, writer, { conversations, requests: asked, grants }),
    arrivals,
    tools: new SqliteTools(db, writer, { audit, events: queue.events }),
    usage: new SqliteUsage(db, writer),
    jobs: new SqliteJobs(db, writer, { rows: jobs, acts: jobActs, conversations }),
    occurrences: new SqliteOccurrences(db, writer, {
      jobs,
      acts: jobActs,
      conversations,
      sessions,
      queue,
      outgoing,
    }),
    views: new SqliteViews(db, {
      runs: new RunRows(db),
      deliveries: new DeliveryRows(db),
      traces: new Traces(db),
      chatLines: new ChatLines(db, messages),
    }),
    upkeep: new SqliteUpkeep(db, writer, file),
    async close() {
      await writer.close()
      if (!db.open) return
      if (writer.isBroken) keepLog(file)
      else db.pragma('wal_checkpoint(TRUNCATE)')
      db.close()
      await disk.close()
    },
  }
}
