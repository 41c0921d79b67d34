import type { Nodes, Root } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { mathFromMarkdown } from 'mdast-util-math'
import { gfm } from 'micromark-extension-gfm'
import { math } from 'micromark-extension-math'
import { isParseable } from './markdown-cost.ts'
import { resolveReferences } from './resolve-references.ts'

/** Longer text is not parsed: at about 5 µs a character it would hold up everybody else. In UTF-16 units. */
export const maxMarkdownLength = 48_000

const withoutHtml = { disable: { null: ['htmlFlow', 'htmlText'] } }
const syntaxWithMath = [gfm(), math(), withoutHtml]
const syntaxWithMoney = [gfm(), math({ singleDollarTextMath: false }), withoutHtml]

/**
 * Reads GitHub's markdown with math into the one tree every renderer starts from. Raw HTML is text, line breaks are
 * kept, references and footnotes are resolved (no `html`, `definition`, `*Reference` or `footnoteDefinition` nodes
 * remain). Text that is too long or too nested to parse in good time becomes plain paragraphs. Never throws.
 */
export function parseMarkdown(text: string): Root {
  const source = text.toWellFormed().replace(/\r\n?/g, '\n')
  if (source.length > maxMarkdownLength || !isParseable(source)) return plainRoot(source)
  const root = parse(source, syntaxWithMath)
  return resolveReferences(hasMoney(root, source) ? parse(source, syntaxWithMoney) : root)
}

function parse(source: string, syntax: typeof syntaxWithMath): Root {
  return fromMarkdown(source, {
    extensions: syntax,
    mdastExtensions: [gfmFromMarkdown(), mathFromMarkdown()],
  })
}

/**
 * Whether a pair of single dollars is no formula, as in `$5 to $10` or `$HOME and $PATH`; then no pair of the text is
 * taken for one. A formula touches both its dollars and no word touches them from outside.
 */
function hasMoney(node: Nodes, source: string): boolean {
  if (node.type === 'inlineMath') {
    const start = node.position?.start.offset ?? 0
    const end = node.position?.end.offset ?? 0
    const written = source.slice(start, end)
    if (written.startsWith('$$')) return false
    return (
      /^\$\s|\s\$$/.test(written) ||
      /[\p{L}\p{N}]$/u.test(source.slice(Math.max(0, start - 2), start)) ||
      /^[\p{L}\p{N}]/u.test(source.slice(end, end + 2))
    )
  }
  return 'children' in node && node.children.some((child) => hasMoney(child, source))
}

function plainRoot(source: string): Root {
  const paragraphs = source.split(/\n[ \t]*(?:\n[ \t]*)+/).filter((value) => value.trim() !== '')
  return resolveReferences({
    type: 'root',
    children: paragraphs.map((value) => ({
      type: 'paragraph',
      children: [{ type: 'text', value }],
    })),
  })
}
