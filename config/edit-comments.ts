import { type Document, isCollection, isMap, isNode, isPair, isSeq, visit } from 'yaml'
import type { Path } from './path.ts'

/** Removes what stands at `path`; its comments move to what follows it, or to the end of the section. */
export function removeKeepingComments(yaml: Document.Parsed, path: Path): void {
  const parent: unknown = path.length === 1 ? yaml.contents : yaml.getIn(path.slice(0, -1), true)
  const at = indexOf(parent, path.at(-1))
  if (!isCollection(parent) || at === undefined) {
    yaml.deleteIn(path)
    return
  }
  const comments = commentsOf(parent.items[at])
  const next: unknown = parent.items[at + 1]
  parent.items.splice(at, 1)
  if (comments === undefined) return
  const heir = isPair(next) ? next.key : next
  if (isNode(heir)) heir.commentBefore = joined(comments, heir.commentBefore)
  else parent.comment = joined(comments, parent.comment)
}

/** Gives `to` the comments of the node it replaces. */
export function carryComments(from: unknown, to: unknown): void {
  if (!isNode(from) || !isNode(to)) return
  if (!isCollection(from)) {
    if (from.commentBefore != null) to.commentBefore = from.commentBefore
    if (from.comment != null) to.comment = from.comment
    return
  }
  const comments = commentsOf(from)
  if (comments !== undefined) to.comment = comments
}

function indexOf(parent: unknown, part: string | number | undefined): number | undefined {
  if (isSeq(parent)) return typeof part === 'number' ? part : undefined
  if (!isMap(parent)) return undefined
  const at = parent.items.findIndex(({ key }) => String(key) === String(part))
  return at < 0 ? undefined : at
}

function commentsOf(item: unknown): string | undefined {
  const roots = isPair(item) ? [item.key, item.value] : [item]
  const comments: (string | null | undefined)[] = []
  for (const root of roots) {
    if (!isNode(root)) continue
    visit(root, {
      Node: (_key, node) => void comments.push(node.commentBefore, node.comment),
    })
  }
  return comments.some((one) => one != null) ? joined(...comments) : undefined
}

function joined(...comments: (string | null | undefined)[]): string {
  return comments.filter((one) => one != null).join('\n')
}
