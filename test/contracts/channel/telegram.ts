import type { TelegramMessage } from '@gramio/types'
import { TelegramChannel } from '../../../channels/telegram/adapter.ts'
import { systemClock } from '../../../core/clock.ts'
import type { ChannelAdapter } from '../../../core/ports.ts'
import { startTelegramServer, type TelegramServer } from '../../servers/telegram.ts'
import type { Fault } from '../../servers/telegram-faults.ts'
import type { Extra, FileOptions } from '../../servers/telegram-people.ts'
import type { ChannelUnderTest } from '../channel.ts'
import type { Place, Platform, ReceiveFault, Said, Saying, SendFault, Shown } from './platform.ts'

const ana = 5
const bob = 6
const team = -1_001_234_567_890
const topic = 7

const timing = {
  pollMs: 1000,
  answerMs: 1500,
  watchdogMs: 3000,
  minBackoffMs: 10,
  maxBackoffMs: 50,
  conflictBackoffMs: 10,
}

const faults: Readonly<Record<SendFault, Fault>> = {
  busy: { kind: 'flood', retryAfter: 1 },
  broken: { kind: 'page', status: 502 },
  cut: { kind: 'cut' },
  lost: { kind: 'lost' },
  silent: { kind: 'hang', acts: true },
  blocked: {
    kind: 'error',
    code: 403,
    description: 'Forbidden: bot was blocked by the user',
  },
}

export const telegramUnderTest: ChannelUnderTest = {
  name: 'Telegram',
  concurrency: 3,
  cannot: { delete: 'Telegram tells bots of no deletions.' },
  async start() {
    const server = await startTelegramServer({ bot: { can_read_all_group_messages: true } })
    server.addChat(team, { type: 'supergroup', title: 'Team', isForum: true })
    return new TelegramPlatform(server)
  },
}

class TelegramPlatform implements Platform {
  readonly #server: TelegramServer

  constructor(server: TelegramServer) {
    this.#server = server
  }

  connect(): ChannelAdapter {
    const { token, url: apiRoot } = this.#server
    return new TelegramChannel({ name: 'telegram', token, apiRoot, clock: systemClock, timing })
  }

  async says(place: Place, text: string, how: Saying = {}): Promise<Said> {
    const message = this.#says(place, text, how)
    return { place, id: String(message.message_id) }
  }

  #says(place: Place, text: string, { by = 'ana', to, file }: Saying): TelegramMessage {
    const server = this.#server
    const from =
      by === 'bot'
        ? server.user(900, 'Robot', { is_bot: true, username: 'RobotBot' })
        : server.user(by === 'ana' ? ana : bob)
    const last = server.sent.findLast((one) => one.chat === chatOf(place))
    const replied = last && server.world.chat(last.chat).messages.get(last.id)?.message
    const more: Extra = {
      from,
      ...(place === 'thread' && { message_thread_id: topic, is_topic_message: true }),
      ...(to === 'reply' && replied && { reply_to_message: replied }),
    }
    const words = {
      mention: `@${server.world.bot.username} ${text}`,
      everyone: `@everyone ${text}`,
    }
    const said = to === 'mention' || to === 'everyone' ? words[to] : text
    if (!file) return server.says(chatOf(place), said, more)
    const { kind, name, mime, content, claims } = file
    const options: FileOptions = {
      name,
      mime,
      content,
      caption: said,
      ...(claims !== undefined && { size: claims }),
    }
    const send = { photo: 'sendsPhoto', document: 'sendsDocument', voice: 'sendsVoice' } as const
    return server[send[kind]](chatOf(place), options, more)
  }

  async edits({ place, id }: Said, text: string): Promise<void> {
    this.#server.edits(chatOf(place), Number(id), text)
  }

  async deletes(): Promise<void> {
    throw new Error('Telegram tells bots of no deletions.')
  }

  async repeats({ place, id }: Said): Promise<void> {
    const message = this.#server.world.chat(chatOf(place)).messages.get(Number(id))?.message
    this.#server.raw({ message })
  }

  async presses(_place: Place, shown: Shown, label: string): Promise<void> {
    const sent = this.#server.sent.find((one) => String(one.id) === shown.id)
    if (sent) this.#server.presses(sent, label)
  }

  async reacts(place: Place, shown: Shown, emoji: string): Promise<void> {
    this.#server.reacts(chatOf(place), Number(shown.id), [emoji])
  }

  shown(place: Place): readonly Shown[] {
    const thread = place === 'thread' ? topic : undefined
    return this.#server.sent
      .filter((one) => one.chat === chatOf(place) && one.thread === thread && !one.isDeleted)
      .map(({ id, text, file, buttons }) => ({
        id: String(id),
        text,
        files: file ? [{ name: file.name, content: file.content }] : [],
        buttons: buttons.flat().map((button) => button.text),
      }))
  }

  typed(): number {
    return this.#server.session.typing.length
  }

  spoilsSend(fault: SendFault): void {
    this.#server.fail('sendMessage', faults[fault])
  }

  async spoilsReceiving(fault: ReceiveFault): Promise<void> {
    const server = this.#server
    if (fault === 'garbage') {
      server.raw({ message: { text: 'nobody said this' } })
      server.raw({ something_new: { from: 'the future' } })
      server.fail('getUpdates', { kind: 'garbage', body: '<html>' })
      return
    }
    if (fault === 'half-open') server.fail('getUpdates', { kind: 'hang', acts: false })
    server.cutConnections()
  }

  breaches(): readonly string[] {
    // The server refuses what the Bot API refuses, and a refused answer does not arrive.
    return []
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]()
  }
}

function chatOf(place: Place): number {
  return place === 'direct' ? ana : team
}
