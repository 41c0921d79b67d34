/**
 * Calls `onTick` at every full minute of the wall clock until the returned function is called. It is the backstop of
 * timers, which do not notice that the machine slept or that its clock was set. The library is loaded when it is first
 * needed.
 */
export async function tickEveryMinute(onTick: () => void): Promise<() => Promise<void>> {
  const { schedule } = await import('node-cron')
  const task = schedule('* * * * *', onTick)
  return async () => {
    await task.destroy()
  }
}
