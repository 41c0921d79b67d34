import type { IncomingMessage } from 'node:http'
import { DiscordFailure } from './discord-failure.ts'

/** A file that came with a multipart request, under the number of its `files[n]`. */
export type Upload = {
  readonly index: string
  readonly name: string
  readonly mime: string
  readonly content: Buffer
}

export type Body = { readonly value: unknown; readonly files: readonly Upload[] }

const maxBodyBytes = 25 * 1024 * 1024

/** Reads what a request carries: JSON, or multipart with `payload_json` and `files[n]`. Throws 40005 and 50109. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const bytes = await readBytes(request)
  const type = request.headers['content-type'] ?? ''
  if (bytes.length === 0) return { value: undefined, files: [] }
  if (type.startsWith('application/json')) return { value: parseJson(bytes.toString()), files: [] }
  if (type.startsWith('multipart/form-data')) return readForm(bytes, type)
  throw new DiscordFailure(50035, { status: 400, message: `Unsupported content type ${type}` })
}

function readBytes(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= maxBodyBytes) chunks.push(chunk)
    })
    request.on('end', () => {
      if (size > maxBodyBytes) reject(new DiscordFailure(40005))
      else resolve(Buffer.concat(chunks))
    })
    request.on('error', reject)
    request.on('close', () => reject(new Error('the caller went away')))
  })
}

async function readForm(bytes: Buffer, type: string): Promise<Body> {
  const headers = { 'content-type': type }
  const form = await new Response(new Uint8Array(bytes), { headers }).formData()
  const files: Upload[] = []
  let value: unknown = {}
  for (const [field, part] of form) {
    const [, index] = /^files\[(\d+)\]$/.exec(field) ?? []
    if (typeof part === 'string') {
      if (field !== 'payload_json') throw new DiscordFailure(50035, { message: `Field ${field}` })
      value = parseJson(part)
    } else {
      if (index === undefined) throw new DiscordFailure(50035, { message: `File ${field}` })
      const content = Buffer.from(await part.arrayBuffer())
      files.push({ index, name: part.name, mime: part.type, content })
    }
  }
  return { value, files }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new DiscordFailure(50109)
  }
}
