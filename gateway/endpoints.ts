import { WebChannel } from '../channels/web/adapter.ts'
import type { ChannelAdapter } from '../core/ports.ts'
import type { Webhook } from './http/api-context.ts'

/** What channels offer to callers from outside: the page's chats and the paths that platforms post to. */
export class Endpoints {
  readonly webhooks = new Map<string, Webhook>()
  web: WebChannel | undefined

  adopt(adapter: ChannelAdapter): void {
    if (adapter instanceof WebChannel) this.web = adapter
    const { webhook } = adapter
    if (!webhook) return
    this.webhooks.set(webhook.path, (headers, body, query) =>
      webhook.handle(headers, body.toString('utf8'), query),
    )
  }
}
