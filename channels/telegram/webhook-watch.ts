import type { Clock } from '../../core/clock.ts'
import type { ChannelHost } from '../../core/ports.ts'
import type { CallOptions, TelegramApi } from './api.ts'
import { toChannelError } from './failures.ts'
import { allowedUpdates } from './update.ts'
import type { WebhookReceiver } from './webhook.ts'

/** Makes Telegram post updates to the receiver; what is pending stays. */
export async function setWebhook(
  api: TelegramApi,
  { url, secret }: WebhookReceiver,
  options: CallOptions,
): Promise<void> {
  const payload = {
    url,
    secret_token: secret,
    allowed_updates: allowedUpdates,
    // One post at a time keeps the order of messages.
    max_connections: 1,
    drop_pending_updates: false,
  }
  await api.call('setWebhook', payload, options)
}

export type WatchOptions = {
  readonly api: TelegramApi
  readonly receiver: WebhookReceiver
  readonly report: ChannelHost['report']
  readonly alive: ChannelHost['alive']
  readonly clock: Clock
  readonly everyMs: number
  readonly answerMs: number
}

/**
 * Asks now and then whether Telegram still posts to us, because silence looks the same either way, and puts the
 * webhook back when somebody took it. Ends when `signal` aborts.
 */
export async function watchWebhook(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const { api, receiver, report, alive, clock, everyMs } = options
  const limits = { signal, timeoutMs: options.answerMs }
  let isUp = true
  while (!signal.aborted) {
    await clock.sleep(everyMs, signal)
    if (signal.aborted) return
    try {
      const { url } = await api.call('getWebhookInfo', {}, limits)
      if (url !== receiver.url) await setWebhook(api, receiver, limits)
      alive()
      if (!isUp) report('up')
      isUp = true
    } catch (error) {
      if (signal.aborted) return
      const { isFatal, message } = toChannelError(error)
      report(isFatal ? 'failed' : 'retrying', message)
      isUp = false
    }
  }
}
