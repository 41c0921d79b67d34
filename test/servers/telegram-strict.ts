import type { TelegramInlineKeyboardMarkup, TelegramMessageEntity } from '@gramio/types'
import { ApiFailure } from './telegram-failure.ts'
import { checkMessage } from './telegram-rules.ts'

function bad(problem: string): ApiFailure {
  return new ApiFailure(400, `Bad Request: ${problem}`)
}

/** The text as the platform keeps it, trimmed; refuses what is empty, too long or badly marked up. */
export function checkText(value: unknown, entities: unknown): string {
  const text = String(value ?? '')
  if (text.trim() === '') throw bad('message text is empty')
  if (text.length > 4096) throw bad('message is too long')
  checkEntities(text, entities)
  return text.trimEnd()
}

/** A caption may be empty. */
export function checkCaption(value: unknown, entities: unknown): string {
  const text = String(value ?? '')
  if (text.length > 1024) throw bad('message caption is too long')
  checkEntities(text, entities)
  return text.trimEnd()
}

function checkEntities(text: string, value: unknown): void {
  const entities: readonly TelegramMessageEntity[] = Array.isArray(value) ? value : []
  if (entities.length === 0) return
  // Whitespace around a text is no error: the platform trims it.
  const problems = checkMessage(text, entities).filter((one) => !one.startsWith('the text begins'))
  if (problems[0]) throw bad(`can't parse entities: ${problems[0]}`)
}

/** The inline keyboard of a call, with its limits. */
export function checkButtons(markup: unknown): TelegramInlineKeyboardMarkup['inline_keyboard'] {
  const rows =
    typeof markup === 'object' && markup !== null ? Reflect.get(markup, 'inline_keyboard') : []
  if (!Array.isArray(rows)) return []
  const keyboard: TelegramInlineKeyboardMarkup['inline_keyboard'] = rows
  const buttons = keyboard.flat()
  if (buttons.length > 100) throw bad('reply markup is too long')
  for (const button of buttons) {
    if (button.text.trim() === '') throw bad('text of an inline keyboard button is empty')
    const bytes = Buffer.byteLength(button.callback_data ?? ' ')
    if (bytes < 1 || bytes > 64) throw bad('BUTTON_DATA_INVALID')
  }
  return keyboard
}

/** At most one reaction, an emoji; the schema knows which ones bots may use. */
export function checkReaction(value: unknown): string[] {
  const reactions: readonly { type: string; emoji?: string }[] = Array.isArray(value) ? value : []
  if (reactions.length > 1) throw bad('REACTIONS_TOO_MANY')
  return reactions.map(({ type, emoji }) => {
    if (type !== 'emoji' || !emoji) throw bad('REACTION_INVALID')
    return emoji
  })
}

/** The command menu, with its limits. */
export function checkCommands(value: unknown): { command: string; description: string }[] {
  const commands: { command: string; description: string }[] = Array.isArray(value) ? value : []
  if (commands.length > 100) throw bad('BOT_COMMANDS_TOO_MUCH')
  for (const { command, description } of commands) {
    if (!/^[a-z0-9_]{1,32}$/.test(command)) throw bad('BOT_COMMAND_INVALID')
    if (description.length < 1 || description.length > 256)
      throw bad('BOT_COMMAND_DESCRIPTION_INVALID')
  }
  return commands
}
