import { join } from 'node:path'
import { stopSpool } from '../../channels/signal/spool/launch.ts'
import { systemClock } from '../../core/clock.ts'
import { type SignalServer, startSignalServer } from '../servers/signal.ts'
import type { SignalFault } from '../servers/signal-faults.ts'
import type { SignalPerson } from '../servers/signal-people.ts'
import type { CrashFault, CrashMoment, CrashPlatform } from './crash-platform.ts'

const faults: Readonly<Record<CrashFault, SignalFault>> = {
  lost: { kind: 'lost' },
  cut: { kind: 'cut' },
  page: { kind: 'page', status: 502 },
  busy: { kind: 'flood', tokens: [] },
}

/** Signal for the crash run: what comes while the gateway is dead is kept by the spool, which is never killed. */
export async function crashSignal(): Promise<CrashPlatform> {
  return new CrashSignal(await startSignalServer())
}

class CrashSignal implements CrashPlatform {
  plan: (moment: CrashMoment) => CrashFault | undefined = () => undefined
  readonly #server: SignalServer
  readonly #people = new Map<number, SignalPerson>()
  #unproved = 0

  constructor(server: SignalServer) {
    this.#server = server
    server.faults.plan = (call) => {
      const fault = call === 'POST /v2/send' ? this.plan('send') : undefined
      // Nobody can ask Signal what became of it, so it is never sent again.
      if (fault === 'cut' || fault === 'page') this.#unproved += 1
      return fault && faults[fault]
    }
  }

  get channel(): object {
    const { url, account } = this.#server
    return { type: 'signal', url, account, spool: 'child', access: { dm: 'open' } }
  }

  /** A busy gateway is ready while it still tries to reach the spool. */
  isHeard(): boolean {
    return this.#server.reader.connections() > 0
  }

  says(chat: number, text: string): void {
    this.#person(chat).says(text)
    this.plan('hand-over')
  }

  texts(chat: number): readonly string[] {
    return this.#server.texts(this.#person(chat))
  }

  endedCount(): number {
    return this.#server.sent.length + this.#unproved
  }

  waitFor<T>(predicate: () => T, limitMs: number): Promise<NonNullable<T>> {
    return this.#server.waitFor(predicate, limitMs)
  }

  async close(dir: string): Promise<void> {
    await stopSpool(join(dir, 'data'), systemClock, new AbortController().signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]()
  }

  #person(chat: number): SignalPerson {
    const known = this.#people.get(chat)
    if (known) return known
    const person = this.#server.person(`Person ${chat}`)
    this.#people.set(chat, person)
    return person
  }
}
