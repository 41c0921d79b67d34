import { type DiscordServer, startDiscord } from '../servers/discord.ts'
import type { Fault } from '../servers/discord-faults.ts'
import type { Person } from '../servers/discord-people.ts'
import type { CrashFault, CrashMoment, CrashPlatform } from './crash-platform.ts'

const faults: Readonly<Record<CrashFault, Fault>> = {
  lost: { kind: 'lost' },
  cut: { kind: 'cut' },
  page: { kind: 'page', status: 502 },
  busy: { kind: 'limit', retryAfter: 1 },
}

/** Discord for the crash run: every message is handed over as it is written, and the rest by back-fill. */
export async function crashDiscord(): Promise<CrashPlatform> {
  // A bot that is killed all day would use up what Discord grants it; that is not what is tested here.
  return new CrashDiscord(await startDiscord({ sessionStarts: 100_000 }))
}

class CrashDiscord implements CrashPlatform {
  plan: (moment: CrashMoment) => CrashFault | undefined = () => undefined
  readonly #server: DiscordServer
  readonly #people = new Map<number, Person>()

  constructor(server: DiscordServer) {
    this.#server = server
    server.rest.faults.plan = (operation) => {
      const fault = operation === 'create_message' ? this.plan('send') : undefined
      return fault && faults[fault]
    }
  }

  get channel(): object {
    const { token, apiRoot } = this.#server
    return { type: 'discord', token, apiRoot, access: { dm: 'open' }, stream: 'off' }
  }

  says(chat: number, text: string): void {
    const person = this.#person(chat)
    person.says(person.dm, text)
    this.plan('hand-over')
  }

  texts(chat: number): readonly string[] {
    return this.#server.texts(this.#person(chat).dm)
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

  #person(chat: number): Person {
    const known = this.#people.get(chat)
    if (known) return known
    const person = this.#server.addPerson(`Person ${chat}`)
    this.#people.set(chat, person)
    return person
  }
}
