import type { Reply } from '../model.ts'
import type { Rendering } from '../ports.ts'
import { renderReply } from './render-reply.ts'
import { signalTarget } from './signal-format.ts'

/**
 * Renders a reply as Signal messages: text in the markup of signal-cli-rest-api where something is styled, plain text
 * where nothing is. Pure and bounded.
 */
export function renderSignal(reply: Reply): Rendering {
  return renderReply(reply, signalTarget)
}
