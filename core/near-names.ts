const maxNear = 5
const leastAlike = 0.4

/** Names a person may have meant: those that contain what they wrote, else those most like it. At most five. */
export function nearNames(written: string, names: readonly string[]): readonly string[] {
  const wanted = written.toLowerCase()
  const containing = names.filter((name) => name.toLowerCase().includes(wanted))
  if (containing.length > 0) return containing.slice(0, maxNear)
  return names
    .map((name) => ({ name, likeness: likeness(wanted, name.toLowerCase()) }))
    .filter((candidate) => candidate.likeness >= leastAlike)
    .toSorted((a, b) => b.likeness - a.likeness)
    .slice(0, maxNear)
    .map(({ name }) => name)
}

/** 0 to 1, by the pairs of letters that both have. */
function likeness(a: string, b: string): number {
  const of = pairs(a)
  const others = pairs(b)
  const shared = [...of].filter((pair) => others.has(pair)).length
  return of.size + others.size === 0 ? 0 : (2 * shared) / (of.size + others.size)
}

function pairs(text: string): ReadonlySet<string> {
  return new Set(
    Array.from({ length: Math.max(text.length - 1, 0) }, (_, at) => text.slice(at, at + 2)),
  )
}
