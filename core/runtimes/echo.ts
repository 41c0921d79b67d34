import type { Clock } from '../clock.ts'
import type { AgentRuntime, RuntimeEvent, Turn } from '../runtime-port.ts'
import { describeAttachment } from './describe-attachment.ts'

/**
 * The built-in agent: answers with the person's own words, as plain text, and nothing around them. It has no
 * memory, no backend and no failure, and puts no event before `done`, so that it measures the gateway alone.
 */
export class EchoRuntime implements AgentRuntime {
  readonly name = 'echo'
  readonly #prefix: string
  readonly #delayMs: number
  readonly #clock: Clock

  constructor(options: {
    readonly prefix: string
    readonly delayMs: number
    readonly clock: Clock
  }) {
    this.#prefix = options.prefix
    this.#delayMs = options.delayMs
    this.#clock = options.clock
  }

  async *execute(turn: Turn, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
    if (this.#delayMs > 0) await this.#clock.sleep(this.#delayMs, signal)
    if (signal.aborted) return
    yield { type: 'done', reply: { text: this.#prefix + echo(turn), format: 'plain' } }
  }

  async health(): Promise<{ readonly isHealthy: boolean; readonly detail: string }> {
    return { isHealthy: true, detail: 'The built-in echo agent repeats what it is told.' }
  }
}

function echo(turn: Turn): string {
  const lines: string[] = []
  for (const message of turn.messages) {
    if (message.form === 'context') continue
    if (message.text) lines.push(message.text)
    lines.push(...message.notes)
    for (const attachment of message.attachments) lines.push(describeAttachment(attachment))
  }
  return lines.join('\n')
}
