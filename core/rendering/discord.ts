import type { Reply } from '../model.ts'
import type { Rendering } from '../ports.ts'
import { discordTarget } from './discord-format.ts'
import { renderReply } from './render-reply.ts'

/** Renders a reply as Discord messages: plain text, and the markdown that makes Discord show it. Pure and bounded. */
export function renderDiscord(reply: Reply): Rendering {
  return renderReply(reply, discordTarget)
}
