import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignalChannel } from '../../../channels/signal/adapter.ts'
import { chooseSource } from '../../../channels/signal/choose-source.ts'
import { launchSpool, stopSpool } from '../../../channels/signal/spool/launch.ts'
import { systemClock } from '../../../core/clock.ts'
import type { ChannelAdapter } from '../../../core/ports.ts'
import { type SignalServer, startSignalServer } from '../../servers/signal.ts'
import type { SignalFault } from '../../servers/signal-faults.ts'
import type { SignalPerson, Said as SignalSaid } from '../../servers/signal-people.ts'
import type { Group, SentMessage } from '../../servers/signal-world.ts'
import type { ChannelUnderTest } from '../channel.ts'
import type { Place, Platform, ReceiveFault, Said, Saying, SendFault, Shown } from './platform.ts'

const secret = 'of-a-test'
const never = new AbortController().signal
const timing = { readMs: 1500, textMs: 1500, fileMs: 3000, keepFileMs: 0, limitMs: 1000 }
const unsure =
  'Signal can be asked nothing about a send: it stays uncertain and is shown, never repeated.'

const faults: Readonly<Record<SendFault, SignalFault>> = {
  busy: { kind: 'flood', tokens: [] },
  broken: { kind: 'page', status: 502 },
  cut: { kind: 'cut' },
  lost: { kind: 'lost' },
  silent: { kind: 'hang', acts: true },
  blocked: { kind: 'error', error: 'not used' },
}

export const signalUnderTest: ChannelUnderTest = {
  name: 'Signal',
  concurrency: 3,
  cannot: {
    everyone: 'Signal has no call to everyone, and no bots.',
    thread: 'Signal has no threads.',
    press: 'Signal has no buttons; questions are answered by words or reactions.',
    stream: 'Signal lets people edit a message ten times a day; the typing sign stands for it.',
    cut: 'A connection that breaks under a send leaves it uncertain on Signal; one that is refused is made again, as the tests of the adapter show.',
    broken: unsure,
    proved: unsure,
    'half-open':
      'Noticed after two minutes without a ping, which the tests of the receiver wait for on a clock of theirs.',
    blocked: 'Signal does not tell who has blocked whom: the message is taken and never shown.',
  },
  async start() {
    const dir = await mkdtemp(join(tmpdir(), 'jackdaw-signal-'))
    const server = await startSignalServer()
    const spool = await launchSpool({ dataDir: dir, port: 0 }, systemClock, never)
    const { port } = await spool.health(never)
    server.reader.webhookUrl = `http://127.0.0.1:${port}/webhooks/signal?secret=${secret}`
    return new SignalPlatform(dir, server)
  },
}

class SignalPlatform implements Platform {
  readonly #dir: string
  readonly #server: SignalServer
  readonly #ana: SignalPerson
  readonly #bob: SignalPerson
  readonly #team: Group
  readonly #said = new Map<
    string,
    { readonly said: SignalSaid; readonly by: SignalPerson; readonly text: string }
  >()

  constructor(dir: string, server: SignalServer) {
    this.#dir = dir
    this.#server = server
    this.#ana = server.person('Ana')
    this.#bob = server.person('Bob')
    this.#team = server.group('Team', [this.#ana, this.#bob])
  }

  connect(): ChannelAdapter {
    const { url, account } = this.#server
    const clock = systemClock
    const { source } = chooseSource({
      name: 'signal',
      spool: 'external',
      webhook: { secret },
      dataDir: this.#dir,
      clock,
    })
    return new SignalChannel({ name: 'signal', url, account, clock, timing, source })
  }

  async says(place: Place, text: string, { by = 'ana', to, file }: Saying = {}): Promise<Said> {
    const person = by === 'bob' ? this.#bob : this.#ana
    const last = this.#in(place).at(-1)
    const words = to === 'mention' ? `\uFFFC ${text}` : text
    const said = person.says(words, {
      ...(place !== 'direct' && { group: this.#team }),
      ...(to === 'mention' && { mentions: [this.#server.self.identity] }),
      ...(to === 'reply' && last && { quote: last }),
      ...(file && {
        attachments: [
          {
            name: file.name,
            mime: file.mime,
            content: file.content,
            ...(file.claims !== undefined && { size: file.claims }),
          },
        ],
      }),
    })
    const id = `${said.timestamp}`
    this.#said.set(id, { said, by: person, text: words })
    return { place, id }
  }

  async edits({ id }: Said, text: string): Promise<void> {
    const { said, by } = this.#find(id)
    by.edits(said, text)
  }

  async deletes({ id }: Said): Promise<void> {
    const { said, by } = this.#find(id)
    by.deletes(said)
  }

  async repeats({ id }: Said): Promise<void> {
    const { said, by, text } = this.#find(id)
    by.says(text, { timestamp: said.timestamp })
  }

  async presses(): Promise<void> {
    throw new Error('Signal has no buttons.')
  }

  async reacts(place: Place, shown: Shown, emoji: string): Promise<void> {
    const target = this.#in(place).find(({ timestamp }) => `${timestamp}` === shown.id)
    if (target) this.#ana.reacts(target, emoji)
  }

  shown(place: Place): readonly Shown[] {
    return this.#in(place).map(({ timestamp, text, files }) => ({
      id: `${timestamp}`,
      text,
      files: files.map(({ name, content }) => ({ name: name ?? '', content })),
      buttons: [],
    }))
  }

  typed(): number {
    return this.#server.counts.get('PUT /v1/typing-indicator/{number}') ?? 0
  }

  spoilsSend(fault: SendFault): void {
    this.#server.fail('POST /v2/send', faults[fault])
  }

  async spoilsReceiving(fault: ReceiveFault): Promise<void> {
    const server = this.#server
    if (fault === 'garbage') {
      server.reader.raw('<html>')
      server.reader.raw('{"error":"something"}')
      server.raw({ source: null, sourceUuid: null, timestamp: null, dataMessage: null })
    } else if (fault === 'cut') server.cutConnections()
    else server.reader.freeze()
  }

  breaches(): readonly string[] {
    return this.#server.breaches
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stopSpool(this.#dir, systemClock, never)
    await this.#server[Symbol.asyncDispose]()
    await rm(this.#dir, { recursive: true, force: true })
  }

  #in(place: Place): readonly SentMessage[] {
    const isHere = (one: SentMessage) =>
      place === 'direct' ? one.group === undefined : one.group === this.#team
    return this.#server.sent.filter((one) => isHere(one) && !one.isDeleted)
  }

  #find(id: string) {
    const said = this.#said.get(id)
    if (said) return said
    throw new Error(`Nobody said ${id}.`)
  }
}
