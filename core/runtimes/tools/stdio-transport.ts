/**
 * Invariant: whatever a program on stdio does, it costs bounded memory and ends with its group. What is no message of
 * the protocol is passed over; a line without end, or a flood, ends the program.
 */
import type { JSONRPCMessage, MCPTransport, MCPTransportSendOptions } from '@ai-sdk/mcp'
import type { Clock } from '../../clock.ts'
import { ChildGroup, type ChildProgram } from './child-group.ts'
import { ToolError } from './tool-error.ts'

export type StdioOptions = ChildProgram & {
  readonly clock: Clock
  /** Throws for what is no message. */
  readonly parse: (value: unknown) => JSONRPCMessage
  /** The longest line. */
  readonly maxLineBytes?: number
  /** How much may come between two answers. */
  readonly maxSilentBytes?: number
}

const newline = 0x0a

/** A tool server that is a child process, speaking one message a line. */
export class StdioTransport implements MCPTransport {
  onclose?: () => void
  onerror?: (error: Error) => void
  onmessage?: (message: JSONRPCMessage) => void
  readonly #options: StdioOptions
  readonly #maxLineBytes: number
  readonly #maxSilentBytes: number
  readonly #cancels = new Map<string | number, () => void>()
  #child: ChildGroup | undefined
  #line: Buffer[] = []
  #lineBytes = 0
  #silentBytes = 0
  #isClosed = false

  constructor(options: StdioOptions) {
    this.#options = options
    this.#maxLineBytes = options.maxLineBytes ?? 16 * 1024 * 1024
    this.#maxSilentBytes = options.maxSilentBytes ?? 64 * 1024 * 1024
  }

  get hasEnded(): boolean {
    return this.#isClosed
  }

  /** Why it ended, as far as it said so. */
  get lastLine(): string {
    return this.#child?.lastLine ?? ''
  }

  async start(): Promise<void> {
    const child = new ChildGroup(this.#options)
    this.#child = child
    child.process.stdout?.on('data', (chunk: Buffer) => this.#read(chunk))
    void child.ended.then(() => this.#closed())
    await new Promise<void>((resolve, reject) => {
      child.process.once('spawn', resolve).once('error', (cause) => {
        reject(new ToolError(`It cannot be started (${codeOf(cause)}).`, cause))
      })
    })
  }

  async send(message: JSONRPCMessage, options?: MCPTransportSendOptions): Promise<void> {
    const stdin = this.#child?.process.stdin
    if (!stdin || this.#isClosed) throw new ToolError('It has ended.')
    const { signal } = options ?? {}
    signal?.throwIfAborted()
    if (signal && 'method' in message && 'id' in message) this.#cancelWith(message.id, signal)
    // A program that reads nothing keeps its call waiting, and calls are few; so nobody waits here.
    stdin.write(`${JSON.stringify(message)}\n`)
  }

  async close(): Promise<void> {
    const child = this.#child
    this.#closed()
    await child?.end(this.#options.clock)
  }

  /** Tells the program that nobody waits for an answer any longer. */
  #cancelWith(id: string | number, signal: AbortSignal): void {
    const cancel = () => {
      this.#cancels.delete(id)
      void this.send({
        jsonrpc: '2.0',
        method: 'notifications/cancelled',
        params: { requestId: id, reason: 'cancelled' },
      } as JSONRPCMessage).catch(() => undefined)
    }
    signal.addEventListener('abort', cancel, { once: true })
    this.#cancels.set(id, () => signal.removeEventListener('abort', cancel))
  }

  #read(chunk: Buffer): void {
    let rest = chunk
    this.#silentBytes += chunk.length
    for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline)) {
      this.#line.push(rest.subarray(0, end))
      const line = Buffer.concat(this.#line)
      this.#line = []
      this.#lineBytes = 0
      rest = rest.subarray(end + 1)
      this.#take(line)
    }
    if (rest.length > 0) this.#line.push(rest)
    this.#lineBytes += rest.length
    if (this.#lineBytes > this.#maxLineBytes || this.#silentBytes > this.#maxSilentBytes) {
      this.#line = []
      this.#child?.kill()
      this.#closed()
    }
  }

  #take(line: Buffer): void {
    if (this.#isClosed || line.length > this.#maxLineBytes) return
    try {
      const message = this.#options.parse(JSON.parse(line.toString()))
      if ('id' in message && message.id !== undefined && !('method' in message)) {
        this.#silentBytes = 0
        this.#cancels.get(message.id)?.()
        this.#cancels.delete(message.id)
      }
      this.onmessage?.(message)
    } catch {
      // A log line on the wrong stream, or the answer to a call that nobody waits for any more.
    }
  }

  #closed(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const release of this.#cancels.values()) release()
    this.#cancels.clear()
    this.onclose?.()
  }
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : 'error'
}
