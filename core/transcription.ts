import type { Clock } from './clock.ts'
import type { Events } from './events.ts'
import type { StoredFile } from './model.ts'
import type { BlobStore } from './ports.ts'

/** A run waits for its files for about a minute; a voice message that came late may still make it. */
const maxMs = 30_000
const maxLength = 50_000

/** Turns speech into text. Throws when it cannot; ends soon after `signal` aborts. */
export type Transcriber = (
  speech: StoredFile & { readonly path: string },
  signal: AbortSignal,
) => Promise<string>

type Parts = {
  /** Undefined where nothing is configured for it. */
  readonly transcriber?: () => Transcriber | undefined
  readonly blobs: Pick<BlobStore, 'path'>
  readonly clock: Clock
  readonly events: Events
}

/**
 * What is said in a voice message, cut at 50 000 characters. Undefined when that cannot be learnt in half a minute: it
 * is a voice message all the same.
 */
export async function transcribe(
  file: StoredFile,
  { transcriber, blobs, clock, events }: Parts,
  signal: AbortSignal,
): Promise<string | undefined> {
  const toText = transcriber?.()
  if (!toText) return undefined
  const expired = new AbortController()
  const finished = new AbortController()
  const timer = clock
    .sleep(maxMs, AbortSignal.any([signal, finished.signal]))
    .then(() => expired.abort())
  try {
    const speech = { ...file, path: blobs.path(file.sha256) }
    const text = await toText(speech, AbortSignal.any([signal, expired.signal]))
    return text.trim().slice(0, maxLength).toWellFormed() || undefined
  } catch (error) {
    if (!signal.aborted) events.emit({ type: 'fault', where: 'turning speech into text', error })
    return undefined
  } finally {
    finished.abort()
    await timer
  }
}
