import type { Element, Nodes as HastNodes } from 'hast'
import { type Schema, sanitize } from 'hast-util-sanitize'
import { toHtml } from 'hast-util-to-html'
import type { Image, Link, Parent, PhrasingContent, RootContent, Text } from 'mdast'
import { toHast } from 'mdast-util-to-hast'
import { findLinkTarget } from './link-target.ts'
import { parseMarkdown } from './markdown.ts'

const language = /^language-[\w+#.-]{1,32}$/

/** What a page may show of a model's answer. Whatever is not named here is dropped, its text kept. */
const schema: Schema = {
  tagNames: [
    ...[
      'p',
      'br',
      'hr',
      'blockquote',
      'h1',
      'h2',
      'h3',
      'h4',
      'h5',
      'h6',
      'ul',
      'ol',
      'li',
      'input',
    ],
    ...['pre', 'code', 'em', 'strong', 'del', 'a', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ],
  attributes: {
    a: ['href', 'title'],
    code: [['className', language, 'math-inline', 'math-display']],
    ol: ['start'],
    ul: [['className', 'contains-task-list']],
    li: [['className', 'task-list-item']],
    input: [['type', 'checkbox'], ['disabled', true], 'checked'],
    th: [['align', 'left', 'center', 'right']],
    td: [['align', 'left', 'center', 'right']],
  },
  protocols: { href: ['http', 'https', 'mailto'] },
  required: { input: { type: 'checkbox', disabled: true } },
  ancestors: {
    tr: ['table'],
    td: ['table'],
    th: ['table'],
    thead: ['table'],
    tbody: ['table'],
    li: ['ul', 'ol'],
  },
  strip: ['script', 'style'],
  clobber: [],
  allowComments: false,
  allowDoctypes: false,
}

/** Renders markdown as HTML that is safe to put into a page: no remote images, no scripts, no ids, outbound links only. */
export function renderHtml(markdown: string): string {
  const root = parseMarkdown(markdown)
  replaceLinks(root)
  const tree = sanitize(toHast(root), schema)
  markOutbound(tree)
  return toHtml(tree)
}

/** Renders plain text as HTML that shows it as it is, for an element with `white-space: pre-wrap`. */
export function renderPlainHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** Images become links, because loading one tells its server who reads; links that lead nowhere safe become words. */
function replaceLinks(parent: Parent): void {
  const children: RootContent[] = []
  for (const child of parent.children) {
    if ('children' in child) replaceLinks(child)
    if (child.type === 'link') children.push(...linkOrWords(child, child.children))
    else if (child.type === 'image') children.push(...linkOrWords(child, [imageWords(child)]))
    else children.push(child)
  }
  parent.children = children
}

function linkOrWords(node: Link | Image, words: readonly PhrasingContent[]): PhrasingContent[] {
  const target = findLinkTarget(node.url)
  if (target === undefined || target.startsWith('tg:')) return [...words]
  return [{ type: 'link', url: target, children: [...words] }]
}

function imageWords(image: Image): Text {
  return { type: 'text', value: image.alt || image.url.slice(0, 200) }
}

function markOutbound(node: HastNodes): void {
  if (node.type === 'element' && node.tagName === 'a') markLink(node)
  if ('children' in node) for (const child of node.children) markOutbound(child)
}

function markLink(link: Element): void {
  link.properties['rel'] = ['noopener', 'noreferrer', 'nofollow']
  link.properties['target'] = '_blank'
}
