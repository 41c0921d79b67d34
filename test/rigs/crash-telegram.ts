import { startTelegramServer, type TelegramServer } from '../servers/telegram.ts'
import type { Fault } from '../servers/telegram-faults.ts'
import type { CrashFault, CrashMoment, CrashPlatform } from './crash-platform.ts'

const faults: Readonly<Record<CrashFault, Fault>> = {
  lost: { kind: 'lost' },
  cut: { kind: 'cut' },
  page: { kind: 'page', status: 502 },
  busy: { kind: 'flood', retryAfter: 1 },
}

/** Telegram for the crash run: updates are handed over by polls. */
export async function crashTelegram(): Promise<CrashPlatform> {
  return new CrashTelegram(await startTelegramServer())
}

class CrashTelegram implements CrashPlatform {
  plan: (moment: CrashMoment) => CrashFault | undefined = () => undefined
  readonly #server: TelegramServer

  constructor(server: TelegramServer) {
    this.#server = server
    server.faults.plan = (method) => {
      if (method !== 'sendMessage' && method !== 'getUpdates') return undefined
      const fault = this.plan(method === 'sendMessage' ? 'send' : 'hand-over')
      return fault && faults[fault]
    }
  }

  get channel(): object {
    const { token, url: apiRoot } = this.#server
    return { type: 'telegram', token, apiRoot, access: { dm: 'open' } }
  }

  says(chat: number, text: string): void {
    this.#server.says(1000 + chat, text)
  }

  texts(chat: number): readonly string[] {
    return this.#server.texts(1000 + chat)
  }

  endedCount(): number {
    return this.#server.sent.length
  }

  waitFor<T>(predicate: () => T, limitMs: number): Promise<NonNullable<T>> {
    return this.#server.waitFor(predicate, limitMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]()
  }
}
