import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebChannel } from '../../../channels/web/adapter.ts'
import { systemClock } from '../../../core/clock.ts'
import type { ChannelAdapter } from '../../../core/ports.ts'
import type { Store } from '../../../core/store/store.ts'
import { DiskBlobStore } from '../../../storage/blobs.ts'
import type { ChannelUnderTest } from '../channel.ts'
import type { Place, Platform, Said, Saying, Shown } from './platform.ts'

const chat = 'ana'
const noGroups = 'The page has no groups.'
const noWire = 'An answer has arrived with its row: there is nothing on the way that could fail.'

export const webUnderTest: ChannelUnderTest = {
  name: 'Web page',
  cannot: {
    away: 'The page keeps what it could not hand over, and sends it when the gateway is back.',
    reconnect: 'The page calls the gateway, not the other way round.',
    'half-open': 'The page calls the gateway, not the other way round.',
    garbage: 'The HTTP API refuses what makes no sense with a sentence.',
    mention: noGroups,
    reply: noGroups,
    everyone: noGroups,
    thread: noGroups,
    edit: 'The page has no edits: what was sent stands.',
    press:
      'What the page hands over is never late, so it is never asked about; its buttons have tests of their own.',
    'question-reply': 'The page has no replies; the number of a question does it.',
    'permission-unconfirmed': noWire,
    'question-unconfirmed': noWire,
    delete: 'The page has no deletions; a run is cancelled instead.',
    'mentions-out': noGroups,
    'file-refused': 'The page takes whatever the agent has.',
    stream: 'Shown by the live stream of the page, which has tests of its own.',
    typing: 'Shown by the live stream of the page, which has tests of its own.',
    busy: noWire,
    cut: noWire,
    broken: noWire,
    lost: noWire,
    silent: noWire,
    proved: noWire,
    blocked: noWire,
  },
  async start() {
    const dir = await mkdtemp(join(tmpdir(), 'jackdaw-page-'))
    return new WebPlatform(dir, await DiskBlobStore.open(dir))
  },
}

class WebPlatform implements Platform {
  readonly #dir: string
  readonly #blobs: DiskBlobStore
  #channel: WebChannel | undefined
  #store: Store | undefined
  #files = ''

  constructor(dir: string, blobs: DiskBlobStore) {
    this.#dir = dir
    this.#blobs = blobs
  }

  connect(): ChannelAdapter {
    const channel = new WebChannel({
      name: 'web',
      blobs: this.#blobs,
      clock: systemClock,
      maxBytes: 1_000_000,
    })
    this.#channel = channel
    return channel
  }

  attach(store: Store, files: string): void {
    this.#store = store
    this.#files = files
  }

  async says(place: Place, text: string, { file }: Saying = {}): Promise<Said> {
    const id = randomUUID()
    const attachments = file ? [file] : []
    await this.#submit(id, text, attachments)
    return { place, id: JSON.stringify([id, text]) }
  }

  async repeats({ id }: Said): Promise<void> {
    const [key, text] = JSON.parse(id) as [string, string]
    await this.#submit(key, text, [])
  }

  async edits(): Promise<void> {
    throw new Error('The page has no edits.')
  }

  async deletes(): Promise<void> {
    throw new Error('The page has no deletions.')
  }

  async presses(_place: Place, { id }: Shown, label: string): Promise<void> {
    const line = await this.#store?.views.chatLine(id)
    const button = line?.chunk?.buttons?.flat().find((one) => one.label === label)
    await this.#channel?.press({
      chat,
      data: button?.data ?? '',
      sender: { id: 'ana', name: 'Ana' },
    })
  }

  async reacts(): Promise<void> {
    throw new Error('The page has no reactions.')
  }

  async shown(place: Place): Promise<readonly Shown[]> {
    if (place !== 'direct' || !this.#store) return []
    const { items } = await this.#store.views.chat('web', chat, { limit: 100 })
    const lines = items.filter(({ role }) => role !== 'user').toSorted((a, b) => a.at - b.at)
    return Promise.all(lines.map((line) => this.#read(line)))
  }

  async #read({ id, text, chunk }: Awaited<ReturnType<Store['views']['chatLine']>> & object) {
    const file = chunk?.file
    const blobs = file && (await DiskBlobStore.open(this.#files))
    return {
      id,
      text: visible(chunk?.format) ?? chunk?.text ?? text,
      files:
        file && blobs
          ? [{ name: file.name, content: await readFile(blobs.path(file.sha256)) }]
          : [],
      buttons: chunk?.buttons?.flat().map(({ label }) => label) ?? [],
    }
  }

  typed(): number {
    return 0
  }

  spoilsSend(): void {
    throw new Error('There is nothing to spoil.')
  }

  async spoilsReceiving(): Promise<void> {
    throw new Error('There is nothing to spoil.')
  }

  breaches(): readonly string[] {
    return []
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#dir, { recursive: true, force: true })
  }

  async #submit(
    idempotencyKey: string,
    text: string,
    attachments: readonly { name: string; mime: string; content: Buffer }[],
  ): Promise<void> {
    const sender = { id: 'ana', name: 'Ana' }
    await this.#channel?.submit({ chat, text, attachments, idempotencyKey, sender })
  }
}

/** What the browser shows of the HTML that stands in a chunk. */
function visible(format: unknown): string | undefined {
  const html = typeof format === 'object' && format && 'html' in format ? format.html : undefined
  if (typeof html !== 'string') return undefined
  return html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&#x3C;', '<')
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&')
    .trim()
}
