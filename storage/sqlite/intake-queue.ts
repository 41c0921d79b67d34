import type { Database, Statement } from 'better-sqlite3'
import type { QueueMode } from '../../core/model.ts'
import type { Accepted } from '../../core/store/inbox.ts'
import type { RunIntake } from '../../core/store/intake.ts'
import type { ConversationRow } from './conversations.ts'
import { formatId } from './ids.ts'
import type { Outgoing } from './outgoing.ts'
import type { RunQueue } from './run-queue.ts'
import type { SessionRecord } from './sessions.ts'

/** How many observed messages go with a turn as context. */
const maxContext = 50

type OpenRun = {
  id: number
  state: string
  source: string
  attempt: number
  prompt_id: string | null
  head: number
  window_until: number
  album: string | null
  conversation_id: number | null
  is_cancel_requested: number
  is_overflow_told: number
  created_at: number
  not_before: number
  steer: number
}

type AcceptedRun = Pick<Accepted, 'runId' | 'isFolded' | 'isOverflow' | 'superseded' | 'abort'>

/**
 * From message to queued run: a run of its own, or part of the one that waits. The window for further parts and the
 * queue's bound are rows, so a crash breaks neither. Used inside transactions only.
 */
export class IntakeQueue {
  readonly #queue: RunQueue
  readonly #outgoing: Outgoing
  readonly #db: Database
  readonly #lastWaiting: Statement<[number]>
  readonly #head: Statement<[number]>
  readonly #extend: Statement
  readonly #flag: Statement<[number]>
  readonly #observed: Statement<[number, number]>
  readonly #passOver: Statement<[number, number]>
  readonly #oldestWaiting: Statement<[number]>
  readonly #isOver: Statement<[number, number]>

  constructor(db: Database, queue: RunQueue, outgoing: Outgoing) {
    this.#db = db
    this.#queue = queue
    this.#outgoing = outgoing
    const columns = `id, state, source, attempt, prompt_id, head, window_until, album, conversation_id, is_cancel_requested,
      is_overflow_told, created_at, not_before, steer`
    this.#lastWaiting = db.prepare(
      `SELECT ${columns} FROM runs WHERE session_id = +? AND head = 0 AND state = 'queued' ORDER BY id DESC LIMIT 1`,
    )
    this.#head = db.prepare(`SELECT ${columns} FROM runs WHERE session_id = ? AND head = 1`)
    this.#extend = db.prepare(
      'UPDATE runs SET not_before = MAX(not_before, ?), window_until = MAX(window_until, ?), reply_to = ?, steer = CASE steer WHEN 1 THEN ? ELSE steer END WHERE id = ?',
    )
    this.#flag = db.prepare('UPDATE runs SET is_cancel_requested = 1 WHERE id = ?')
    this.#observed = db
      .prepare(
        `SELECT id FROM (SELECT id FROM messages WHERE conversation_id = +? AND disposition = 'observed' AND run_id IS NULL
           ORDER BY id DESC LIMIT +?) ORDER BY id`,
      )
      .pluck() as Statement<[number, number]>
    this.#passOver = db.prepare(
      `UPDATE messages SET run_id = ? WHERE conversation_id = ? AND disposition = 'observed' AND run_id IS NULL`,
    )
    // Read from the index alone, and never more of it than the bound.
    this.#isOver = db
      .prepare(
        `SELECT 1 FROM runs WHERE session_id = ? AND head = 0 AND state = 'queued' LIMIT 1 OFFSET +?`,
      )
      .pluck() as Statement<[number, number]>
    this.#oldestWaiting = db.prepare(
      `SELECT ${columns} FROM runs WHERE session_id = +? AND head = 0 AND state = 'queued' AND source = 'message' AND steer <> 2
       ORDER BY id LIMIT 2`,
    )
  }

  add(
    intake: RunIntake,
    session: SessionRecord,
    conversation: ConversationRow,
    message: number,
    hasAttachments: boolean,
    now: number,
  ): { run: number; accepted: AcceptedRun } {
    const mode = session.mode ?? intake.mode
    const head = this.#head.get(session.id) as OpenRun | undefined
    const last = head && ((this.#lastWaiting.get(session.id) as OpenRun | undefined) ?? head)
    // A run is handed over only if all of it is to be.
    const isSteered = head !== undefined && (mode === 'steer' || intake.isCorrection === true)
    const filesUntil = hasAttachments ? now + intake.attachmentsMs : 0
    const abort =
      mode === 'interrupt' && head && head.state !== 'queued' ? this.#interrupt(head) : {}

    if (last && canJoin(last, mode, intake, conversation.id, now)) {
      const until =
        intake.windowMs === 0
          ? 0
          : Math.min(now + intake.windowMs, last.created_at + intake.maxWindowMs)
      this.#extend.run(
        Math.max(until, filesUntil),
        until,
        intake.replyTo ?? null,
        isSteered ? 1 : 0,
        last.id,
      )
      this.#linkObserved(last.id, conversation)
      this.#queue.link(last.id, message, 'full', true)
      const isOverflow = this.#boundRun(last, intake, conversation, now)
      return {
        run: last.id,
        accepted: {
          runId: formatId('r', last.id),
          isFolded: true,
          ...(isOverflow && { isOverflow }),
          ...abort,
        },
      }
    }

    const windowUntil = intake.windowMs === 0 ? 0 : now + intake.windowMs
    const run = this.#queue.add(
      {
        sessionId: session.id,
        generation: session.generation,
        agent: session.agent,
        source: 'message',
        maxAttempts: intake.maxAttempts,
        notBefore: Math.max(now, windowUntil, filesUntil),
        windowUntil,
        album: intake.album,
        conversationId: conversation.id,
        replyTo: intake.replyTo,
        isSteered,
      },
      now,
      head === undefined,
    )
    this.#linkObserved(run, conversation)
    this.#queue.link(run, message, 'full', true)
    const superseded = head && this.#boundSession(session.id, intake, conversation, now)
    return {
      run,
      accepted: {
        runId: formatId('r', run),
        ...(superseded !== undefined && { isOverflow: true, superseded }),
        ...abort,
      },
    }
  }

  /** What was observed since the last turn goes along as context; what is too much of it is passed over for good. */
  #linkObserved(run: number, conversation: ConversationRow): void {
    if (conversation.kind === 'dm') return
    const observed = this.#observed.all(conversation.id, maxContext) as number[]
    if (observed.length === 0) return
    for (const id of observed) this.#queue.link(run, id, 'context')
    this.#passOver.run(run, conversation.id)
  }

  #interrupt(head: OpenRun): { abort: string } {
    this.#flag.run(head.id)
    return { abort: formatId('r', head.id) }
  }

  /** Within one run: the oldest messages over the bound become one line each. */
  #boundRun(run: OpenRun, intake: RunIntake, conversation: ConversationRow, now: number): boolean {
    const { changes } = this.#db
      .prepare(
        `UPDATE run_messages SET form = 'summary' WHERE run_id = @run AND form = 'full' AND message_id NOT IN (
           SELECT message_id FROM run_messages WHERE run_id = @run AND form = 'full' ORDER BY message_id DESC LIMIT @max)`,
      )
      .run({ run: run.id, max: intake.maxQueued })
    if (changes > 0) this.#tellOverflow(run, intake, conversation, now)
    return changes > 0
  }

  /** Over many runs: the oldest waiting one is folded into the one behind it, as lines. */
  #boundSession(
    session: number,
    intake: RunIntake,
    conversation: ConversationRow,
    now: number,
  ): string | undefined {
    if (this.#isOver.get(session, intake.maxQueued) === undefined) return
    const [oldest, next] = this.#oldestWaiting.all(session) as OpenRun[]
    if (!oldest || !next || oldest.conversation_id !== next.conversation_id) return
    const moved = this.#db
      .prepare('SELECT message_id, form FROM run_messages WHERE run_id = ?')
      .all(oldest.id) as {
      message_id: number
      form: string
    }[]
    for (const { message_id, form } of moved) {
      this.#queue.link(next.id, message_id, form === 'context' ? 'context' : 'summary')
    }
    this.#queue.endQueued(
      { id: oldest.id, sessionId: session, isHead: false },
      'superseded',
      now,
      next.id,
    )
    if (oldest.is_overflow_told === 1) {
      this.#db.prepare('UPDATE runs SET is_overflow_told = 1 WHERE id = ?').run(next.id)
    } else {
      this.#tellOverflow(next, intake, conversation, now)
    }
    return formatId('r', oldest.id)
  }

  #tellOverflow(run: OpenRun, intake: RunIntake, conversation: ConversationRow, now: number): void {
    if (run.is_overflow_told === 1) return
    this.#db.prepare('UPDATE runs SET is_overflow_told = 1 WHERE id = ?').run(run.id)
    const { chunks, lane } = intake.overflowNotice()
    this.#outgoing.queue(
      chunks,
      { conversation, lane, key: `${formatId('r', run.id)}:overflow`, runId: run.id },
      now,
    )
  }
}

/** Whether a message may become part of a run that waits: nobody has begun to read it, and its window or the mode allows. */
function canJoin(
  run: OpenRun,
  mode: QueueMode,
  intake: RunIntake,
  conversation: number,
  now: number,
): boolean {
  const isUntouched = run.state === 'queued' && run.attempt === 0 && run.prompt_id === null
  if (!isUntouched || run.source !== 'message' || run.steer === 2) return false
  if (run.is_cancel_requested === 1 || run.conversation_id !== conversation) return false
  if (intake.album !== undefined && intake.album === run.album) return true
  return mode === 'followup' ? run.window_until > now : true
}
