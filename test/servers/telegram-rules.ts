/** An entity as it stands in a request, before anybody has looked at it. */
export type SentEntity = {
  readonly type: string
  readonly offset: number
  readonly length: number
  readonly url?: string
  readonly language?: string
}

const maxTextLength = 4_096
const maxEntities = 100

const kinds = new Set([
  ...['mention', 'hashtag', 'cashtag', 'bot_command', 'url', 'email', 'phone_number', 'date_time'],
  ...[
    'bold',
    'italic',
    'underline',
    'strikethrough',
    'spoiler',
    'blockquote',
    'expandable_blockquote',
  ],
  ...['code', 'pre', 'text_link', 'text_mention', 'custom_emoji'],
])

/**
 * Lists what Telegram would refuse, ignore or change in a message, one sentence each; empty for a message that arrives
 * as it was meant. Text that is not trimmed counts, because Telegram trims it.
 */
export function checkMessage(text: string, entities: readonly SentEntity[] = []): string[] {
  const problems: string[] = []
  if (text.trim() === '') problems.push('message text is empty')
  else if (text !== text.trim()) problems.push('the text begins or ends with whitespace')
  if (text.length > maxTextLength) problems.push(`message is too long: ${text.length} units`)
  if (!text.isWellFormed()) problems.push('the text has an unpaired surrogate')
  if (entities.length > maxEntities) problems.push(`${entities.length} entities, only 100 count`)
  for (const entity of entities) problems.push(...checkEntity(text, entity))
  return [...problems, ...checkNesting(entities)]
}

function checkEntity(text: string, entity: SentEntity): string[] {
  const { type, offset, length } = entity
  const name = `${type} at ${offset}+${length}`
  const problems: string[] = []
  if (!kinds.has(type)) problems.push(`${name}: unknown type`)
  if (!Number.isInteger(offset) || !Number.isInteger(length) || offset < 0 || length < 1) {
    return [...problems, `${name}: offset and length must be whole numbers, length at least 1`]
  }
  if (offset + length > text.length) return [...problems, `${name}: ends after the text`]
  const covered = text.slice(offset, offset + length)
  if (covered !== covered.trim()) problems.push(`${name}: begins or ends with whitespace`)
  if (!covered.isWellFormed()) problems.push(`${name}: cuts a surrogate pair`)
  if (type === 'text_link' && !/^(?:https?|tg):\/\/\S|^mailto:\S/i.test(entity.url ?? '')) {
    problems.push(`${name}: ${JSON.stringify(entity.url)} is not a link`)
  }
  if (entity.language !== undefined && type !== 'pre')
    problems.push(`${name}: only pre has a language`)
  return problems
}

function checkNesting(entities: readonly SentEntity[]): string[] {
  const problems: string[] = []
  const open: SentEntity[] = []
  const sorted = entities.toSorted((a, b) => a.offset - b.offset || b.length - a.length)
  for (const entity of sorted) {
    while (open.length > 0 && endOf(open.at(-1)) <= entity.offset) open.pop()
    for (const outer of open) {
      const pair = `${entity.type} at ${entity.offset} and ${outer.type} at ${outer.offset}`
      if (endOf(entity) > endOf(outer)) problems.push(`${pair} cross`)
      if (isCode(entity) || isCode(outer)) problems.push(`${pair} overlap`)
      else if (isQuote(entity) && isQuote(outer)) problems.push(`${pair}: quotes cannot nest`)
      else if (entity.type === outer.type) problems.push(`${pair}: the same twice`)
    }
    open.push(entity)
  }
  return problems
}

const endOf = (entity: SentEntity | undefined) => (entity ? entity.offset + entity.length : 0)
const isCode = ({ type }: SentEntity) => type === 'code' || type === 'pre'
const isQuote = ({ type }: SentEntity) => type.endsWith('blockquote')
