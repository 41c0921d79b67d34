import type { Clock } from '../clock.ts'
import type { Address } from '../model.ts'
import type { OwnerChat } from '../owners.ts'
import { plainChunks } from '../plain-chunks.ts'
import type { Renderer } from '../renderer.ts'
import { sentencesFor } from '../sentences.ts'
import type { HeartbeatEnding, HeartbeatRow, HeartbeatStore } from '../store/heartbeats.ts'
import type { RunRow } from '../store/runs.ts'
import type { Views } from '../store/views.ts'
import type { HeartbeatSettings } from './heartbeat-settings.ts'
import { alertHash, readAnswer } from './read-answer.ts'

export type HeartbeatEndsParts = {
  readonly store: HeartbeatStore
  readonly views: Pick<Views, 'run'>
  readonly renderer: Renderer
  readonly clock: Clock
  readonly accountOf: (channel: string) => string | undefined
  /** An owner's direct chat. */
  readonly ownerChat: () => Promise<OwnerChat | undefined>
  readonly onDeliveries: () => void
}

/** What becomes of a check-in once its run is over: nothing, a message to the owner, or a failure that is counted. */
export class HeartbeatEnds {
  readonly #parts: HeartbeatEndsParts

  constructor(parts: HeartbeatEndsParts) {
    this.#parts = parts
  }

  /** Ends the check-in of a row, if its run has ended. Returns whether it has. */
  async settle(row: HeartbeatRow, settings: HeartbeatSettings | undefined): Promise<boolean> {
    const { store, views, clock, onDeliveries } = this.#parts
    if (row.runId === null) return true
    const run = await views.run(row.runId)
    if (run && run.finishedAt === null) return false
    const target = settings?.target ?? 'owner'
    const ending = { agent: row.agent, runId: row.runId, ...(await this.#read(row, run, target)) }
    await store.end(ending, clock.now())
    onDeliveries()
    return true
  }

  async #read(
    row: HeartbeatRow,
    run: RunRow | undefined,
    target: HeartbeatSettings['target'],
  ): Promise<Omit<HeartbeatEnding, 'agent' | 'runId'>> {
    if (run?.state === 'cancelled' || run?.state === 'superseded') return { outcome: 'cancelled' }
    const told = await this.#target(target)
    if (run?.state !== 'completed') {
      const words = sentencesFor(told?.language)
      const text = words.heartbeatFails(row.agent, row.runId ?? '')
      return { outcome: 'failed', ...(told && { notice: noticeTo(told.chat, text) }) }
    }
    const text = readAnswer(row.answer, run.reply?.text ?? '')
    if (text === undefined) return { outcome: 'quiet' }
    if (!told) return { outcome: 'nobody-to-tell' }
    const chunks = await this.#parts.renderer.render(told.chat.channel, {
      text,
      format: 'markdown',
    })
    return { outcome: 'alert', alert: { to: told.chat, chunks, hash: alertHash(text) } }
  }

  async #target(target: HeartbeatSettings['target']): Promise<OwnerChat | undefined> {
    if (target === 'owner') return this.#parts.ownerChat()
    const { channel, chat } = target
    const account = this.#parts.accountOf(channel)
    return account === undefined
      ? undefined
      : { chat: { channel, account, chat }, language: undefined }
  }
}

function noticeTo(to: Address, text: string) {
  return { to, chunks: plainChunks(text) }
}
