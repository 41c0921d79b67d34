import type { IncomingMessage } from 'node:http'
import { signalRoutes } from './signal-calls.ts'
import { badRequest, RestFailure } from './signal-failure.ts'

type Json = Readonly<Record<string, unknown>>

const maxBodyBytes = 200 * 1024 * 1024

/** The route a request takes, with its parameters decoded. */
export type Found = {
  readonly route: (typeof signalRoutes)[number]
  readonly name: string
  readonly parameters: readonly string[]
}

/** Undefined where there is none, as for calls about the server itself. */
export function findRoute(method: string, path: string): Found | undefined {
  const given = path.split('/')
  for (const route of signalRoutes) {
    const wanted = route.path.split('/')
    if (route.method !== method || wanted.length !== given.length) continue
    const isVariable = (part: string) => part.startsWith('{')
    if (!wanted.every((part, index) => isVariable(part) || part === given[index])) continue
    const parameters = given.filter((_, index) => isVariable(wanted[index] ?? ''))
    const name = `${route.method} ${route.path}`
    return { route, name, parameters: parameters.map(decodeURIComponent) }
  }
  return undefined
}

/** What Go says of a body it cannot read. */
export function unreadable(): RestFailure {
  const { status, message } = badRequest('invalid request')
  return new RestFailure(status, message, { isPlain: true })
}

/** The body for those who only look on. */
export function tryJson(text: string): Json {
  try {
    return { ...Object(JSON.parse(text)) }
  } catch {
    return {}
  }
}

/** Reads a body to its end. Throws `RestFailure`. */
export function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > maxBodyBytes) reject(new RestFailure(413, 'too large'))
      else chunks.push(chunk)
    })
    request.on('end', () => resolve(Buffer.concat(chunks).toString()))
    request.on('error', () => reject(new RestFailure(400, 'the caller went away')))
  })
}
