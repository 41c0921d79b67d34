import { mkdir } from 'node:fs/promises'
import { cutMiddle } from '../cut-middle.ts'
import { readTextFile, type TextFile } from './read-text-file.ts'

/** In the order in which the model reads them; what changes most comes last, so that servers can cache the rest. */
const sharedNames = ['AGENTS.md', 'SOUL.md', 'IDENTITY.md', 'TOOLS.md']
/** About the agent's own person, so kept from groups, where others would read it out of the answers. */
const personalNames = ['USER.md', 'MEMORY.md']
const maxFileLength = 20_000
const maxTotalLength = 150_000
/** A file that has less room than this is left out: what is left of it would say nothing. */
const minLength = 400
const dayMs = 86_400_000

export type WorkspaceContext = {
  /** Only in a direct chat does the model get what is personal. */
  readonly isDirect: boolean
  readonly now: number
  /** How many bytes of UTF-8 there is room for. */
  readonly maxBytes: number
}

/**
 * The files with which an agent's workspace tells it who it is, for runtimes that do not read them themselves. They
 * are looked at anew every time and read again only where they have changed.
 */
export class WorkspaceFiles {
  readonly #folder: string
  readonly #formatDay: (at: number) => string
  #known = new Map<string, TextFile>()

  /** `formatDay`: an instant as `YYYY-MM-DD` where the agent's people live. */
  constructor(folder: string, formatDay: (at: number) => string) {
    this.#folder = folder
    this.#formatDay = formatDay
  }

  /**
   * What goes into the system prompt: each file under its name, cut where it is too long. Empty where there is
   * nothing. Makes the folder where it is missing. Never throws.
   */
  async read(context: WorkspaceContext): Promise<string> {
    // Without the folder there are no files either.
    await mkdir(this.#folder, { recursive: true, mode: 0o700 }).catch(() => undefined)
    const names = this.#names(context)
    const files = await Promise.all(
      names.map(async (name) => await readTextFile(this.#folder, name, this.#known.get(name))),
    )
    const found = new Map<string, TextFile>()
    for (const [index, name] of names.entries()) {
      const file = files[index]
      if (file) found.set(name, file)
    }
    this.#remember(found)
    return format(found, context.maxBytes)
  }

  #names({ isDirect, now }: WorkspaceContext): readonly string[] {
    if (!isDirect) return sharedNames
    const days = [now - dayMs, now].map((at) => `memory/${this.#formatDay(at)}.md`)
    return [...sharedNames, ...personalNames, ...days]
  }

  /** Turns of both kinds alternate, so what one of them does not read is kept for the other; old days are not. */
  #remember(found: ReadonlyMap<string, TextFile>): void {
    const known = new Map([...this.#known, ...found])
    for (const name of known.keys()) {
      const isKept = found.has(name) || personalNames.includes(name)
      if (!isKept) known.delete(name)
    }
    this.#known = known
  }
}

function format(files: ReadonlyMap<string, TextFile>, maxBytes: number): string {
  const blocks: string[] = []
  let lengthLeft = maxTotalLength
  let bytesLeft = maxBytes
  for (const [name, { text }] of files) {
    const whole = text.replaceAll('\0', '').toWellFormed().trim()
    if (whole === '') continue
    // As many characters as the bytes hold if the rest is like the whole.
    const share = whole.length / Buffer.byteLength(whole)
    const room = Math.min(maxFileLength, lengthLeft, Math.floor(bytesLeft * share))
    if (room < Math.min(minLength, whole.length)) {
      blocks.push(`## ${name}\n\n[…left out, read ${name} for it…]`)
      continue
    }
    const shown = cutMiddle(whole, room, `[…truncated, read ${name} for the whole…]`)
    lengthLeft -= shown.length
    bytesLeft -= Buffer.byteLength(shown)
    blocks.push(`## ${name}\n\n${shown}`)
  }
  if (blocks.length === 0) return ''
  return ['# Files of your workspace', ...blocks].join('\n\n')
}
