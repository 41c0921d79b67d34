/**
 * Reads a message as a Discord client shows it. Written from what is known of the clients' rules, not from the
 * renderer: desktop's are those of simple-markdown with Discord's changes (brussell98/discord-markdown), where the
 * longest of bold, italics and underline wins; the others take the first rule that matches
 * (jeremy-rifkin/discord-markdown), look at quotes line by line and know no more than two backticks.
 */
export type DiscordClient = 'desktop' | 'mobile'

/** A stretch of what is shown, and everything that makes it look or act otherwise than text. */
export type Shown = { readonly text: string; readonly styles: readonly string[] }

type State = { line: boolean; isQuoted: boolean; isLink: boolean; styles: readonly string[] }
type Rule = {
  readonly name: string
  readonly pattern: RegExp
  /** Only where a line begins. */
  readonly isBlock?: boolean
}

const em =
  /^\b_((?:__|\\[\s\S]|[^\\_])+?)_\b|^\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)/
const spoiler: Rule = { name: 'spoiler', pattern: /^\|\|([\s\S]+?)\|\|/ }
const strike: Rule = { name: 'strikethrough', pattern: /^~~([\s\S]+?)~~(?!_)/ }
const fence: Rule = { name: 'pre', pattern: /^```(?:([\w+.#-]+?)\n+)?\n*([\s\S]+?)\n*```/i }
const escaped: Rule = { name: 'escape', pattern: /^\\([^0-9A-Za-z\s])/ }
const link: Rule = {
  name: 'link',
  pattern:
    /^\[((?:\[[^\]]*\]|[^[\]]|\](?=[^[]*\]))*)\]\(\s*<?((?:\([^)]*\)|[^\s\\]|\\.)*?)>?(?:\s+['"]([\s\S]*?)['"])?\s*\)/,
}
const alive: readonly Rule[] = [
  { name: 'mention', pattern: /^<(?:@[!&]?|#)\d+>|^<id:\w+>|^<\/[^:>]+:\d+>|^@everyone|^@here/ },
  // Between colons only names of emoji count, and they are made of these.
  { name: 'emoji', pattern: /^<a?:\w+:\d+>|^:[\w+-]+:/ },
  { name: 'timestamp', pattern: /^<t:-?\d+(?::\w)?>/ },
]
const address: readonly Rule[] = [
  { name: 'url', pattern: /^<([^: >]+:\/[^ >]+)>/ },
  { name: 'mail', pattern: /^<([^ >]+@[^ >]+)>/ },
  { name: 'url', pattern: /^(https?:\/\/[^\s<]+[^<.,:;"')\]\s])/ },
]
const blocks: readonly Rule[] = [
  { name: 'heading', pattern: /^ *#{1,3} +([^\n]+?)(?:\n|$)/, isBlock: true },
  { name: 'subtext', pattern: /^-# +([^\n]+?)(?:\n|$)/, isBlock: true },
  { name: 'list', pattern: /^ *(?:[+*-]|\d+\.) +([^\n]+)(?:\n|$)/, isBlock: true },
]

const clients: Readonly<Record<DiscordClient, readonly Rule[]>> = {
  desktop: [
    spoiler,
    { name: 'quote', pattern: /^ *>>> ([\s\S]*)|^( *> [^\n]*(?:\n *> [^\n]*)*\n?)/, isBlock: true },
    fence,
    ...blocks,
    escaped,
    ...address,
    link,
    ...alive,
    { name: 'italic', pattern: em },
    { name: 'bold', pattern: /^\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)/ },
    { name: 'underline', pattern: /^__((?:\\[\s\S]|[^\\])+?)__(?!_)/ },
    strike,
    { name: 'code', pattern: /^(`+)([\s\S]*?[^`])\1(?!`)/ },
  ],
  mobile: [
    escaped,
    { name: 'bold', pattern: /^\*\*([\s\S]+?)\*\*(?!\*)/ },
    { name: 'underline', pattern: /^__([\s\S]+?)__(?!_)/ },
    { name: 'italic', pattern: em },
    strike,
    spoiler,
    fence,
    { name: 'code', pattern: /^(``?)([\s\S]*?[^`][\s\S]*?)\1/ },
    { name: 'quote', pattern: /^ *>>> ([\s\S]+)|^( *>(?!>>) [^\n]+\n?)/, isBlock: true },
    ...blocks,
    link,
    ...address,
    ...alive,
  ],
}

const text = /^[\s\S]+?(?=[^0-9A-Za-z\s\u00c0-\uffff]|\n|\w+:\S|$)/
/** Of these, desktop takes the one that reaches furthest. */
const rivals = new Set(['italic', 'bold', 'underline'])

/** Everything a client shows of `content`, in order. */
export function readDiscord(content: string, client: DiscordClient): readonly Shown[] {
  const shown: Shown[] = []
  read(content, { line: true, isQuoted: false, isLink: false, styles: [] }, clients[client], shown)
  return shown
}

function read(source: string, state: State, rules: readonly Rule[], shown: Shown[]): void {
  for (let rest = source; rest !== ''; ) {
    const [rule, match] = find(rest, state, rules)
    if (rule === undefined) {
      const words = text.exec(rest)?.[0] ?? rest
      shown.push({ text: words, styles: state.styles })
      state.line = words.endsWith('\n') || (state.line && /^ *$/.test(words))
      rest = rest.slice(words.length)
      continue
    }
    show(rule, match, state, rules, shown)
    state.line = match[0].endsWith('\n') || rule.isBlock === true
    rest = rest.slice(match[0].length)
  }
}

function find(
  rest: string,
  state: State,
  rules: readonly Rule[],
): [Rule, RegExpExecArray] | [undefined] {
  let best: [Rule, RegExpExecArray] | [undefined] = [undefined]
  for (const rule of rules) {
    if (rule.isBlock && (!state.line || state.isLink)) continue
    if (rule.name === 'quote' && state.isQuoted) continue
    if ((rule.name === 'link' || rule.name === 'url') && state.isLink) continue
    const match = rule.pattern.exec(rest)
    if (match === null) continue
    if (rule.name === 'link' && !isTakenForLink(match)) continue
    if (!rivals.has(rule.name) || rules === clients.mobile) return best[0] ? best : [rule, match]
    if (best[0] === undefined || match[0].length > (best[1]?.[0].length ?? 0)) best = [rule, match]
  }
  return best
}

function isTakenForLink(match: RegExpExecArray): boolean {
  if (/https?:\/\/[^\s<]+[^<.,:;"')\]\s]|```/.test(match[1] ?? '')) return false
  return /^https?:\/\/[^\s<]+[^<.,:;"')\]\s]$/.test(match[2] ?? '')
}

function show(
  rule: Rule,
  match: RegExpExecArray,
  state: State,
  rules: readonly Rule[],
  shown: Shown[],
): void {
  const styles = [...state.styles, rule.name]
  const inside = (content: string, changes: Partial<State> = {}) => {
    const inner = { ...state, styles, ...changes }
    read(content, inner, rules, shown)
  }
  switch (rule.name) {
    case 'escape':
      shown.push({ text: match[1] ?? '', styles: state.styles })
      return
    case 'quote':
      inside((match[1] ?? match[2] ?? '').replace(/^ *> ?/gm, ''), { isQuoted: true })
      return
    case 'link':
      inside(match[1] ?? '', { isLink: true, styles: [...state.styles, `link ${match[2]}`] })
      return
    case 'pre':
      shown.push({ text: match[2] ?? '', styles: [...state.styles, `pre ${match[1] ?? ''}`] })
      return
    case 'code':
      shown.push({ text: match[2] ?? '', styles })
      return
    case 'url':
      shown.push({ text: match[1] ?? '', styles })
      return
    case 'bold':
    case 'italic':
    case 'underline':
    case 'strikethrough':
    case 'spoiler':
    case 'heading':
    case 'subtext':
    case 'list':
      inside(match[1] ?? match[2] ?? '')
      return
    default:
      shown.push({ text: match[0], styles })
  }
}
