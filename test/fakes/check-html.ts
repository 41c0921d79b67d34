/** What the page may get of a model's answer, attribute by attribute. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  a: ['href', 'rel', 'target'],
  code: ['class'],
  input: ['type', 'checked', 'disabled'],
  li: ['class'],
  ol: ['start'],
  td: ['align'],
  th: ['align'],
  ul: ['class'],
}
const plain = /^(?:p|br|hr|blockquote|h[1-6]|pre|em|strong|del|table|thead|tbody|tr)$/
const empty = new Set(['br', 'hr', 'input'])

/** What is wrong with HTML made for the page: tags that do not pair, and everything that could act or load. */
export function checkHtml(html: string): readonly string[] {
  const problems: string[] = []
  const open: string[] = []
  const words = html.replace(
    /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"]*")?)*)>/g,
    (...match) => {
      const [tag, slash, name, attributes] = match.map(String)
      if (name === undefined || attributes === undefined) return ''
      if (slash === '/') {
        if (open.pop() !== name) problems.push(`${tag} closes nothing`)
        return ''
      }
      if (!empty.has(name)) open.push(name)
      if (!plain.test(name) && allowed[name] === undefined) problems.push(`${tag} is not allowed`)
      for (const [, attribute, value] of attributes.matchAll(/\s+([a-z-]+)(?:="([^"]*)")?/g)) {
        if (!allowed[name]?.includes(attribute ?? '')) problems.push(`${tag} has ${attribute}`)
        if (attribute === 'href' && !/^(?:https?|mailto):/.test(value ?? ''))
          problems.push(`${tag} leads astray`)
      }
      return ''
    },
  )
  if (words.includes('<')) problems.push(`${words.slice(words.indexOf('<'), 40)} is no tag`)
  if (open.length > 0) problems.push(`${open.join(', ')} not closed`)
  return problems
}
