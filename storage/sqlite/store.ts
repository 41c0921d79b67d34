import type { Store } from '../../core/store.ts'
import { SqliteAccess } from './access.ts'
import { SqliteAttachments } from './attachments.ts'
import { ChatLines } from './chat-lines.ts'
import { ChatMigration } from './chat-migration.ts'
import { connect } from './connect.ts'
import { Conversations } from './conversations.ts'
import { SqliteDeliveries } from './deliveries.ts'
import { Effects } from './effects.ts'
import { SqliteInbox } from './inbox.ts'
import { IntakeQueue } from './intake-queue.ts'
import { Messages } from './messages.ts'
import { Outgoing } from './outgoing.ts'
import { Repeats } from './repeats.ts'
import { SqliteRequests } from './requests.ts'
import { RunQueue } from './run-queue.ts'
import { SqliteRuns } from './runs.ts'
import { SessionRows, SqliteSessions } from './sessions.ts'
import { Traces } from './traces.ts'
import { SqliteUpkeep } from './upkeep.ts'
import { SqliteViews } from './views.ts'
import { Writer } from './writer.ts'

/** Opens the store in one SQLite file, creating and migrating it as needed. Throws `StoreError`. */
export function openSqliteStore(file: string): Store {
  const db = connect(file)
  const writer = new Writer(db, file)

  const conversations = new Conversations(db)
  const messages = new Messages(db)
  const queue = new RunQueue(db)
  const outgoing = new Outgoing(db, queue.events)
  const repeats = new Repeats(db, queue)
  const sessions = new SessionRows(db)
  const access = new SqliteAccess(db, writer, conversations)
  const requests = new SqliteRequests(db, writer, {
    conversations,
    sessions,
    queue,
    outgoing,
    access,
  })
  const effects = new Effects(db, { sessions, queue, repeats, access, requests })
  const intake = new IntakeQueue(db, queue, outgoing)
  const inbox = new SqliteInbox(db, writer, {
    conversations,
    sessions,
    queue,
    intake,
    outgoing,
    access,
    effects,
    requests,
    migration: new ChatMigration(db, conversations, outgoing),
  })

  return {
    inbox,
    runs: new SqliteRuns(db, writer, {
      conversations,
      sessions,
      queue,
      repeats,
      outgoing,
      messages,
    }),
    deliveries: new SqliteDeliveries(db, writer, { conversations, outgoing, events: queue.events }),
    sessions: new SqliteSessions(db, writer, sessions, queue),
    access,
    attachments: new SqliteAttachments(db, writer),
    requests,
    views: new SqliteViews(db, new Traces(db), new ChatLines(db, messages)),
    upkeep: new SqliteUpkeep(db, writer, file),
    async close() {
      writer.close()
      if (!db.open) return
      db.pragma('wal_checkpoint(TRUNCATE)')
      db.close()
    },
  }
}
