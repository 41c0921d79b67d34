import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { DeliveryError } from '../../core/errors.ts'

/** A whole multiple of three bytes, so that the pieces join into one base64 text. */
const pieceBytes = 3 * 64 * 1024
/** A file system takes 255 bytes; the server adds nothing. */
const maxNameBytes = 200

/**
 * A JSON body with one file in it, read from disk while it goes out: never more than a piece of it is in memory.
 * `isComplete` says whether all of it was handed over; before that, nobody can have understood it.
 */
export class UploadBody {
  readonly length: number
  isComplete = false
  readonly #path: string
  readonly #head: string
  readonly #tail: string

  private constructor(path: string, head: string, tail: string, size: number) {
    this.#path = path
    this.#head = head
    this.#tail = tail
    this.length = Buffer.byteLength(head) + Math.ceil(size / 3) * 4 + Buffer.byteLength(tail)
  }

  /** Puts the file at `path` into `fields` as their only attachment. Throws `DeliveryError`. */
  static async open(
    fields: object,
    path: string,
    file: { readonly name: string; readonly mime: string },
    maxBytes: number,
  ): Promise<UploadBody> {
    const { size } = await stat(path).catch((cause: unknown) => {
      throw unsendable('no-file', `The file ${file.name} cannot be read.`, cause)
    })
    if (size === 0) throw unsendable('empty', `The file ${file.name} is empty: Signal takes none.`)
    if (size > maxBytes) {
      const megabytes = (bytes: number) => `${Math.floor(bytes / (1024 * 1024))} MB`
      const words = `The file ${file.name} has ${megabytes(size)}, and ${megabytes(maxBytes)} can be sent over Signal.`
      throw unsendable('too-large', words)
    }
    const mark = '@'
    const prefix = `data:${mimeOf(file.mime)};filename=${uploadName(file.name)};base64,`
    const whole = JSON.stringify({ ...fields, base64_attachments: [`${prefix}${mark}`] })
    const at = whole.length - `${mark}"]}`.length
    return new UploadBody(path, whole.slice(0, at), whole.slice(at + mark.length), size)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    yield Buffer.from(this.#head)
    for await (const piece of evenly(createReadStream(this.#path, { highWaterMark: pieceBytes }))) {
      yield Buffer.from(piece.toString('base64'), 'latin1')
    }
    this.isComplete = true
    yield Buffer.from(this.#tail)
  }
}

/** A name that survives on the way: it stands in a data URI, and the server makes a file of it. */
export function uploadName(name: string): string {
  const plain = name.replace(/[\p{Cc};,:/\\"]+/gu, '_').replace(/^\.+/, '') || 'file'
  const dot = plain.lastIndexOf('.')
  const ending = dot > 0 ? plain.slice(dot).slice(0, 20) : ''
  let stem = dot > 0 ? plain.slice(0, dot) : plain
  while (Buffer.byteLength(stem + ending) > maxNameBytes) stem = [...stem].slice(0, -1).join('')
  return stem + ending
}

function mimeOf(mime: string): string {
  return /^[\w.+-]+\/[\w.+-]+/.exec(mime)?.[0] ?? 'application/octet-stream'
}

/** Joins what a stream gives into pieces of a multiple of three bytes. */
async function* evenly(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0)
  for await (const data of source) {
    const all = rest.length === 0 ? data : Buffer.concat([rest, data])
    const even = all.length - (all.length % 3)
    if (even > 0) yield all.subarray(0, even)
    rest = Buffer.from(all.subarray(even))
  }
  if (rest.length > 0) yield rest
}

function unsendable(code: string, message: string, cause?: unknown): DeliveryError {
  return new DeliveryError('rejected', message, { code, ...(cause === undefined ? {} : { cause }) })
}
