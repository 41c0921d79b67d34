import type { Answer } from './signal-acts.ts'
import { bad } from './signal-failure.ts'

/** A picture of one pixel: what matters is that it is a PNG. */
const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
)

/** Codes for linking the account to a phone; each question makes a new one. */
export class SignalLinks {
  /** Codes handed out, the latest last, with the name the device asked for. */
  readonly codes: { readonly uri: string; readonly device: string }[] = []
  readonly #onLinked: () => void

  constructor(onLinked: () => void) {
    this.#onLinked = onLinked
  }

  answer(name: string, query: URLSearchParams): Answer | undefined {
    const isRaw = name === 'GET /v1/qrcodelink/raw'
    if (!isRaw && name !== 'GET /v1/qrcodelink') return undefined
    const device = query.get('device_name')
    if (!device) throw bad('Please provide a name for the device')
    const uri = `sgnl://linkdevice?uuid=code${this.codes.length + 1}&pub_key=BQ%3D%3D`
    this.codes.push({ uri, device })
    if (isRaw) return { status: 200, body: { device_link_uri: uri } }
    return { status: 200, bytes: picture, type: 'image/png' }
  }

  /** The phone scans a code; the account appears a moment later, and nobody is told. */
  scan(uri: string): void {
    if (!this.codes.some((one) => one.uri === uri))
      throw new Error(`${uri} is no code of this server.`)
    this.#onLinked()
  }
}
