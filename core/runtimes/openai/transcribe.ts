import { openAsBlob } from 'node:fs'
import { RuntimeError } from '../../errors.ts'
import type { Transcriber } from '../../transcription.ts'
import { redact } from '../redact.ts'

export type TranscribeOptions = {
  /** With its version path, for example `https://api.openai.com/v1`. */
  readonly baseUrl: string
  /** Empty where the endpoint wants none. */
  readonly apiKey: string
  readonly model: string
}

const maxAnswerBytes = 1024 * 1024
const maxDetail = 200

/**
 * Makes a transcriber of an OpenAI-compatible endpoint (`POST /audio/transcriptions`). Throws `RuntimeError`, whose
 * message names host and status and never the key.
 */
export function createTranscriber({ baseUrl, apiKey, model }: TranscribeOptions): Transcriber {
  const url = `${baseUrl.replace(/\/+$/, '')}/audio/transcriptions`
  const where = new URL(url).host
  const failed = (detail: string, isRetryable: boolean, cause?: unknown) =>
    new RuntimeError('transcribe', redact(`${where} did not transcribe: ${detail}`, apiKey), {
      isRetryable,
      cause,
    })
  return async ({ path, name, mime }, signal) => {
    const form = new FormData()
    form.set('model', model)
    form.set('response_format', 'json')
    // The endpoints tell formats by the name.
    form.set('file', await openAsBlob(path, { type: mime }), name)
    const headers = apiKey ? { authorization: `Bearer ${apiKey}` } : {}
    let response: Response
    try {
      response = await fetch(url, { method: 'POST', body: form, headers, signal })
    } catch (error) {
      throw failed(signal.aborted ? 'it took too long' : 'it cannot be reached', true, error)
    }
    const body = await readSome(response)
    if (!response.ok) {
      const detail = `${response.status} ${body.slice(0, maxDetail)}`.trim()
      throw failed(detail, response.status >= 500 || response.status === 429)
    }
    const text = textOf(body)
    if (text === undefined) throw failed('its answer has no text', false)
    return text
  }
}

function textOf(body: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(body)
    if (typeof answer !== 'object' || answer === null || !('text' in answer)) return undefined
    return typeof answer.text === 'string' ? answer.text : undefined
  } catch {
    return undefined
  }
}

async function readSome(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of response.body ?? []) {
    parts.push(part)
    size += part.length
    if (size > maxAnswerBytes) break
  }
  return Buffer.concat(parts).toString('utf8', 0, maxAnswerBytes)
}
