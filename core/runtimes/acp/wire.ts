/**
 * Invariant: what the agent tells of a session (`session/update`) is handed on as it is read, so before anything that
 * was written after it, the end of its turn included. Lines that are no message are counted, kept for the log and
 * otherwise ignored; an agent that writes little else, or more than can be kept, breaks the stream.
 */
import type { Readable, Writable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import type { AnyMessage, Stream } from '@agentclientprotocol/sdk'
import { RuntimeError } from '../../errors.ts'

export type WireListener = {
  /** Parameters of a `session/update`, unchecked. */
  readonly update: (params: unknown) => void
  /** The beginning of a line that is no message. */
  readonly garbage: (line: string) => void
}

/** In UTF-16 units: a picture or a PDF in a tool's result fits. */
const maxLine = 48 * 1024 * 1024
const maxGarbageLines = 1_000
const maxShown = 300
/** Requests of the agent that were not answered yet. */
const maxOpen = 1_000
const updateMethod = 'session/update'

/** The messages to and from a child, one JSON text a line. */
export function agentStream(input: Writable, output: Readable, listener: WireListener): Stream {
  const sent = new Set<unknown>()
  const open = new Set<unknown>()
  const readable = new ReadableStream<AnyMessage>({
    start(controller) {
      let isOver = false
      const end = (error?: RuntimeError) => {
        if (isOver) return
        isOver = true
        if (error) controller.error(error)
        else controller.close()
      }
      let garbage = 0
      const lines = splitLines((line) => {
        if (isOver) return
        const message = parseMessage(line)
        if (message === undefined) {
          garbage += 1
          listener.garbage(line.slice(0, maxShown))
          if (garbage > maxGarbageLines) end(broken('writes lines that are no messages'))
        } else if (message['method'] === updateMethod && !('id' in message)) {
          listener.update(message['params'])
        } else if (isMeant(message, sent, open)) {
          controller.enqueue(message)
          if (open.size > maxOpen) end(broken('asks more than can be answered'))
        }
      })
      output.on('data', (chunk: Buffer) => {
        if (!isOver && !lines(chunk)) end(broken('wrote a message without an end'))
      })
      output.once('end', () => end())
      output.once('close', () => end())
      output.once('error', () => end())
    },
  })
  const writable = new WritableStream<AnyMessage>({
    async write(message) {
      if ('method' in message && 'id' in message) sent.add(message.id)
      else if ('id' in message) open.delete(message.id)
      await new Promise<void>((resolve, reject) => {
        input.write(`${JSON.stringify(message)}\n`, (error) => (error ? reject(error) : resolve()))
      })
    },
  })
  return { readable, writable }
}

/** Takes chunks; returns false once a line is longer than any message. Invalid UTF-8 becomes U+FFFD. */
function splitLines(each: (line: string) => void): (chunk: Buffer) => boolean {
  const decoder = new StringDecoder('utf8')
  let pieces: string[] = []
  let length = 0
  return (chunk) => {
    let text = decoder.write(chunk)
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      const line = [...pieces, text.slice(0, end)].join('').trim()
      pieces = []
      length = 0
      text = text.slice(end + 1)
      if (line !== '') each(line)
    }
    if (text !== '') pieces.push(text)
    length += text.length
    return length <= maxLine
  }
}

function parseMessage(line: string): (AnyMessage & Record<string, unknown>) | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(line)
    return isMessage(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isMessage(value: unknown): value is AnyMessage & Record<string, unknown> {
  if (typeof value !== 'object' || value === null || !('jsonrpc' in value)) return false
  if (value.jsonrpc !== '2.0') return false
  return 'method' in value ? typeof value.method === 'string' : 'id' in value
}

/** Answers to nothing that was asked are dropped. */
function isMeant(
  message: Record<string, unknown>,
  sent: Set<unknown>,
  open: Set<unknown>,
): boolean {
  if (!('method' in message)) return sent.delete(message['id'])
  if ('id' in message) open.add(message['id'])
  return true
}

function broken(problem: string): RuntimeError {
  return new RuntimeError('bad-response', `The agent ${problem}.`, { isRetryable: true })
}
