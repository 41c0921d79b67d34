import type { Database, Statement } from 'better-sqlite3'
import type { Lease } from '../../core/store/runs.ts'
import type { SteeringStore, SteerOffer } from '../../core/store/steering.ts'
import { formatId, parseId } from './ids.ts'
import type { Messages } from './messages.ts'
import { leased } from './run-claims.ts'
import type { RunQueue } from './run-queue.ts'
import type { Writer } from './writer.ts'

type Place = {
  id: number
  session_id: number
  generation: number
  agent: string
  conversation_id: number | null
}
type Next = Place & { source: string; steer: number; attempt: number; not_before: number }

/** Hands queued runs to the run in front of them. A queued run behind a head is never claimed, so only its row is at stake. */
export class SqliteSteering implements SteeringStore {
  readonly #writer: Writer
  readonly #queue: RunQueue
  readonly #messages: Messages
  readonly #executing: Statement<[number, number]>
  readonly #next: Statement<[number]>
  readonly #mark: Statement<[number]>
  readonly #takeBack: Statement<[number, number]>
  readonly #offered: Statement<[number, number], number>
  readonly #linked: Statement<[number]>
  readonly #unlink: Statement<[number, number]>
  readonly #explain: Statement<[string, number]>

  constructor(db: Database, writer: Writer, queue: RunQueue, messages: Messages) {
    this.#writer = writer
    this.#queue = queue
    this.#messages = messages
    const place = 'id, session_id, generation, agent, conversation_id'
    // What nobody waits for in the chat (the API, jobs) takes nothing in, and what is to be stopped neither.
    this.#executing = db.prepare(
      `SELECT ${place} FROM runs WHERE ${leased} AND source = 'message' AND is_cancel_requested = 0`,
    )
    this.#next = db.prepare(
      `SELECT ${place}, source, steer, attempt, not_before FROM runs
       WHERE session_id = +? AND head = 0 AND state = 'queued' ORDER BY id LIMIT 1`,
    )
    this.#mark = db.prepare('UPDATE runs SET steer = 2 WHERE id = ?')
    this.#takeBack = db.prepare(
      `UPDATE runs SET steer = ? WHERE id = ? AND state = 'queued' AND steer = 2`,
    )
    this.#offered = db
      .prepare<[number, number], number>(
        `SELECT r.id FROM messages m JOIN runs r ON r.id = m.run_id
         WHERE m.id = ? AND r.session_id = ? AND r.state = 'queued' AND r.head = 0 AND r.steer >= 2`,
      )
      .pluck()
    this.#linked = db.prepare('SELECT message_id, form FROM run_messages WHERE run_id = ?')
    this.#unlink = db.prepare('DELETE FROM run_messages WHERE run_id = ? AND message_id = ?')
    this.#explain = db.prepare('UPDATE messages SET reason = ? WHERE id = ?')
  }

  offer(leases: readonly Lease[], now: number): ReturnType<SteeringStore['offer']> {
    return this.#writer.claim(() => {
      const offers: SteerOffer[] = []
      const pending: string[] = []
      let nextAt: number | undefined
      for (const lease of leases) {
        const next = this.#wanted(lease)
        if (!next) continue
        pending.push(formatId('r', next.id))
        if (next.not_before > now) {
          nextAt = Math.min(next.not_before, nextAt ?? next.not_before)
          continue
        }
        this.#mark.run(next.id)
        const messages = this.#messages.ofRun(next.id)
        offers.push({ runId: formatId('r', next.id), to: lease, messages })
      }
      return { offers, pending, nextAt }
    })
  }

  settle(
    { runId, to }: SteerOffer,
    { taken, isCertain }: Parameters<SteeringStore['settle']>[1],
    now: number,
  ): ReturnType<SteeringStore['settle']> {
    return this.#writer.write(() => {
      const run = parseId('r', runId)
      if (this.#takeBack.run(isCertain ? 0 : 3, run).changes === 0) return 'none'
      const executing = this.#executingUnder(to)
      if (!executing) return 'none'
      return this.#take(run, executing, taken, now)
    })
  }

  confirm(lease: Lease, messageId: string, now: number): ReturnType<SteeringStore['confirm']> {
    return this.#writer.write(() => {
      const executing = this.#executingUnder(lease)
      const run = executing && this.#offered.get(parseId('m', messageId), executing.session_id)
      if (!executing || run === undefined) return undefined
      const message = this.#messages.ofRun(run).find(({ id }) => id === messageId)
      if (!message) return undefined
      const settled = this.#take(run, executing, [messageId], now)
      return settled === 'none' ? undefined : { runId: formatId('r', run), message, settled }
    })
  }

  /** Makes what was taken of a queued run part of the executing one. */
  #take(
    run: number,
    executing: Place,
    taken: readonly string[],
    now: number,
  ): 'superseded' | 'part' | 'none' {
    const runId = formatId('r', run)
    const linked = this.#linked.all(run) as { message_id: number; form: 'full' }[]
    const gone = linked.filter(({ message_id }) => taken.includes(formatId('m', message_id)))
    if (gone.length === 0) return 'none'
    for (const { message_id, form } of gone) {
      this.#queue.link(executing.id, message_id, form)
      this.#explain.run(`handed to the running turn (as ${runId} it was waiting)`, message_id)
    }
    const title = `messages that came meanwhile (${runId}) were handed to the running turn`
    const note = { name: 'note', state: 'completed', title }
    this.#queue.events.append(executing.id, 'run.tool', now, note)
    if (gone.length < linked.length) {
      for (const { message_id } of gone) this.#unlink.run(run, message_id)
      return 'part'
    }
    const sessionId = executing.session_id
    this.#queue.endQueued({ id: run, sessionId, isHead: false }, 'superseded', now, executing.id)
    return 'superseded'
  }

  #executingUnder({ runId, token }: Lease): Place | undefined {
    return this.#executing.get(parseId('r', runId), token) as Place | undefined
  }

  /** The first that waits behind an executing run, if it is to be handed to it. */
  #wanted(lease: Lease): Next | undefined {
    const executing = this.#executingUnder(lease)
    const next = executing && (this.#next.get(executing.session_id) as Next | undefined)
    if (!executing || next?.steer !== 1) return undefined
    const isSamePlace =
      next.source === 'message' &&
      next.attempt === 0 &&
      next.conversation_id === executing.conversation_id &&
      next.generation === executing.generation &&
      next.agent === executing.agent
    return isSamePlace ? next : undefined
  }
}
