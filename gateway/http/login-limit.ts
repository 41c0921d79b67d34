const windowMs = 60_000
const maxFailures = 10
const lockedMs = 300_000
/** A flood of addresses pushes out the oldest; each of them still has only its ten tries. */
const maxAddresses = 1000

type Entry = { readonly failures: number[]; lockedUntil: number }

/** Ten failed logins from one address within a minute lock that address out for five minutes. */
export class LoginLimit {
  readonly #addresses = new Map<string, Entry>()

  /** How long the address is still locked out, in milliseconds; 0 when it may try. */
  lockedFor(address: string, now: number): number {
    return Math.max(0, (this.#addresses.get(address)?.lockedUntil ?? 0) - now)
  }

  failed(address: string, now: number): void {
    const before = this.#addresses.get(address)
    const failures = (before?.failures ?? []).filter((at) => at > now - windowMs)
    failures.push(now)
    const isLocked = failures.length >= maxFailures
    this.#addresses.delete(address)
    this.#addresses.set(address, {
      failures: isLocked ? [] : failures,
      lockedUntil: isLocked ? now + lockedMs : 0,
    })
    const [oldest] = this.#addresses.keys()
    if (this.#addresses.size > maxAddresses && oldest !== undefined) this.#addresses.delete(oldest)
  }

  succeeded(address: string): void {
    this.#addresses.delete(address)
  }
}
