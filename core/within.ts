import type { Clock } from './clock.ts'

/** Waits for `work`, but no longer than `ms`, and says whether it ended. Work that ignores its abort is left behind. */
export async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController()
  const ended = await Promise.race([
    work.then(
      () => true,
      () => true,
    ),
    clock.sleep(ms, timer.signal).then(() => false),
  ])
  timer.abort(ended)
  return ended
}
