import type {
  Definition,
  FootnoteDefinition,
  Nodes,
  Paragraph,
  Parent,
  PhrasingContent,
  Root,
  RootContent,
} from 'mdast'

type Targets = {
  readonly definitions: Map<string, Definition>
  readonly footnotes: Map<string, FootnoteDefinition>
  /** Numbers of footnotes, in the order of their first mention. */
  readonly numbers: Map<string, number>
}

/**
 * Makes every node of the tree stand for itself: references become links, images and `[1]`, footnotes move to the end,
 * line endings and `<br>` become breaks. Changes and returns the tree it was given.
 */
export function resolveReferences(root: Root): Root {
  const targets: Targets = { definitions: new Map(), footnotes: new Map(), numbers: new Map() }
  collect(root, targets)
  resolve(root, targets)
  const notes: RootContent[] = []
  for (const definition of targets.footnotes.values()) {
    resolve(definition, targets)
    number(definition.identifier, targets)
  }
  for (const [identifier, value] of targets.numbers) {
    const definition = targets.footnotes.get(identifier)
    if (definition) notes.push(...footnote(definition, `[${value}] `))
  }
  root.children.push(...notes)
  return root
}

function collect(node: Nodes, targets: Targets): void {
  if (node.type === 'definition') keepFirst(targets.definitions, node)
  if (node.type === 'footnoteDefinition') keepFirst(targets.footnotes, node)
  if ('children' in node) for (const child of node.children) collect(child, targets)
}

function keepFirst<T extends { identifier: string }>(map: Map<string, T>, node: T): void {
  if (!map.has(node.identifier)) map.set(node.identifier, node)
}

function resolve(parent: Parent, targets: Targets): void {
  const children: RootContent[] = []
  for (const child of parent.children) {
    if ('children' in child && child.type !== 'footnoteDefinition') resolve(child, targets)
    for (const node of resolved(child, targets)) children.push(node)
  }
  parent.children = children
}

function resolved(node: RootContent, targets: Targets): readonly RootContent[] {
  switch (node.type) {
    case 'text':
      return /\n|<br/i.test(node.value) ? withBreaks(node.value) : [node]
    case 'code':
      return [{ type: 'code', value: node.value, lang: knownLanguage(node.lang) }]
    case 'linkReference': {
      const target = targets.definitions.get(node.identifier)
      return target ? [{ type: 'link', url: target.url, children: node.children }] : node.children
    }
    case 'imageReference': {
      const target = targets.definitions.get(node.identifier)
      return target ? [{ type: 'image', url: target.url, alt: node.alt ?? '' }] : []
    }
    case 'footnoteReference':
      return [{ type: 'text', value: `[${number(node.identifier, targets)}]` }]
    case 'definition':
    case 'footnoteDefinition':
      return []
    default:
      return [node]
  }
}

/** What a platform could take for a language; anything else after a fence is left out. */
function knownLanguage(lang: string | null | undefined): string | null {
  return lang && /^[\w+#.-]{1,32}$/.test(lang) ? lang : null
}

function number(identifier: string, targets: Targets): number {
  const value = targets.numbers.get(identifier) ?? targets.numbers.size + 1
  targets.numbers.set(identifier, value)
  return value
}

/** Models write `<br>` in table cells, where markdown has no other way to break a line. */
function withBreaks(value: string): PhrasingContent[] {
  const nodes: PhrasingContent[] = []
  value.split(/\n|<br\s{0,8}\/?>/i).forEach((line, index) => {
    if (index > 0) nodes.push({ type: 'break' })
    if (line !== '') nodes.push({ type: 'text', value: line })
  })
  return nodes
}

function footnote(definition: FootnoteDefinition, label: string): RootContent[] {
  const [first, ...rest] = definition.children
  if (first?.type === 'paragraph') {
    const opening: Paragraph = {
      type: 'paragraph',
      children: [{ type: 'text', value: label }, ...first.children],
    }
    return [opening, ...rest]
  }
  const opening: Paragraph = { type: 'paragraph', children: [{ type: 'text', value: label }] }
  return first ? [opening, first, ...rest] : [opening]
}
