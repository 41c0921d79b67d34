import type { RuntimeEvent } from '../../runtime-port.ts'
import { numberIn, objectIn, type Said } from './said.ts'

/** What a turn has used: its tokens as its end says, its cost by how that of the session grows. */
export class TurnUsage {
  #costUsd: number | undefined

  /** `costUsd`: what the session had cost before; undefined where that is not known. */
  constructor(costUsd: number | undefined) {
    this.#costUsd = costUsd
  }

  /** The cost that an update adds. */
  see(update: Said): readonly RuntimeEvent[] {
    const cost = objectIn(update['cost'])
    const now = cost['currency'] === 'USD' ? numberIn(cost['amount']) : undefined
    if (now === undefined) return []
    const before = this.#costUsd
    this.#costUsd = now
    if (before === undefined || now <= before) return []
    const costUsd = now - before
    return [{ type: 'usage', usage: { inputTokens: 0, outputTokens: 0, costUsd } }]
  }

  /** The tokens that the answer to the prompt tells. */
  end(answer: Said, model: string | undefined): readonly RuntimeEvent[] {
    const said = objectIn(answer['usage'])
    const count = (key: string) => numberIn(said[key]) ?? 0
    const cachedTokens = count('cachedReadTokens')
    const inputTokens = count('inputTokens') + cachedTokens + count('cachedWriteTokens')
    const outputTokens = count('outputTokens') + count('thoughtTokens')
    if (inputTokens + outputTokens === 0) return []
    const usage = {
      ...(model === undefined ? {} : { model }),
      inputTokens,
      outputTokens,
      ...(cachedTokens > 0 ? { cachedTokens } : {}),
    }
    return [{ type: 'usage', usage }]
  }
}
