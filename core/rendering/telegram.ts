import type { Reply } from '../model.ts'
import type { Rendering } from '../ports.ts'
import { renderReply } from './render-reply.ts'
import { telegramTarget } from './telegram-format.ts'

/** Renders a reply as Telegram messages: text with entities, to be sent without `parse_mode`. Pure and bounded. */
export function renderTelegram(reply: Reply): Rendering {
  return renderReply(reply, telegramTarget)
}
