import { type FSWatcher, watch } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ConfigError } from './errors.ts'
import { hash, type LoadedConfig, type LoadOptions, load, readConfigText } from './load.ts'
import { locateConfig, usualFiles } from './locate.ts'

export type WatchOptions = {
  readonly load: LoadOptions
  /** What is in use now. */
  readonly current: LoadedConfig
  /** Waits, or ends at once when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** Ends the watch. */
  readonly signal: AbortSignal
  /** How long the folder must be quiet before the file is read, in milliseconds; default 200. */
  readonly quietMs?: number
}

/** A new configuration to use, or why the file cannot be used; then the one in use stays. */
export type ConfigChange = LoadedConfig | { readonly error: Error }

/** A folder that never rests (a log beside the file) must not keep us from ever reading. */
const maxQuietTurns = 20

/**
 * Tells of every change of the file, once each, until the signal aborts. It watches folders, not the file: editors and
 * container platforms replace the file or a link on the way to it. The file's text decides, not the event.
 */
export async function watchConfig(
  options: WatchOptions,
  onChange: (change: ConfigChange) => void,
): Promise<void> {
  const { signal, sleep, current } = options
  const bell = new Bell(signal)
  const files = current.file === undefined ? usualFiles(options.load) : [current.file]
  const watchers = await watchFolders(files, bell, (error) => onChange({ error }))
  let last = current.file === undefined ? missing : current.hash
  // The file may have changed between the load and the first event we can see.
  bell.ring()
  try {
    while (!signal.aborted) {
      await bell.rung()
      for (let turn = 0; turn < maxQuietTurns && bell.silence(); turn += 1) {
        await sleep(options.quietMs ?? 200, signal)
      }
      if (signal.aborted) return
      last = await look(options, last, onChange)
    }
  } finally {
    for (const watcher of watchers) watcher.close()
  }
}

const missing = 'missing'

/** Reads the file if its text is another than at the `last` look; returns what it saw. */
async function look(
  { load: loadOptions, current }: WatchOptions,
  last: string,
  onChange: (change: ConfigChange) => void,
): Promise<string> {
  let state = missing
  try {
    const file = current.file ?? (await locateConfig(loadOptions))
    if (file === undefined) return missing
    const text = await readConfigText(file)
    state = hash(text)
    if (state === last) return state
    // Empty is valid and means the defaults, but here it is far more often a file being written.
    if (text.trim() === '') throw new ConfigError([{ path: '', text: 'the file is empty' }], file)
    const loaded = await load({ ...loadOptions, file })
    state = loaded.hash
    onChange(loaded)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const seen = state === missing ? error.message : state
    if (seen !== last) onChange({ error })
    return seen
  }
  return state
}

/** Whether something happened since the last look, and a way to wait for it. */
class Bell {
  #isRinging = false
  #wake: (() => void) | undefined
  readonly #signal: AbortSignal

  constructor(signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener('abort', () => this.ring(), { once: true })
  }

  ring(): void {
    this.#isRinging = true
    this.#wake?.()
  }

  async rung(): Promise<void> {
    if (this.#isRinging || this.#signal.aborted) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }

  /** Stops the ringing; returns whether there was any. */
  silence(): boolean {
    const wasRinging = this.#isRinging
    this.#isRinging = false
    return wasRinging
  }
}

async function watchFolders(
  files: readonly string[],
  bell: Bell,
  onError: (error: Error) => void,
): Promise<FSWatcher[]> {
  const folders = new Set<string>()
  for (const file of files) {
    folders.add(dirname(file))
    folders.add(dirname(await realpath(file).catch(() => file)))
  }
  return [...folders].flatMap((folder) => {
    try {
      const watcher = watch(folder, { persistent: false }, () => bell.ring())
      watcher.on('error', onError)
      return [watcher]
    } catch (error) {
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
      if (!isMissing && error instanceof Error) onError(error)
      return []
    }
  })
}
