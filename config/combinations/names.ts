import { nearest } from '../nearest.ts'
import type { Path } from '../path.ts'
import type { Sections } from '../sections.ts'
import { seen } from '../wording.ts'
import type { Contradiction } from './contradiction.ts'

/** A problem when `name` is no channel or agent of this configuration; says which there are. */
export function unknownName(
  kind: 'channel' | 'agent',
  name: string,
  path: Path,
  sections: Sections,
): Contradiction[] {
  const known = kind === 'channel' ? channelNames(sections) : sections.agents.map(([one]) => one)
  if (known.includes(name)) return []
  const near = nearest(name, known)
  const remedy =
    near === undefined ? `There are: ${known.join(', ') || 'none'}.` : `Did you mean "${near}"?`
  return [{ path, text: `there is no ${kind} ${seen(name, false)}. ${remedy}` }]
}

function channelNames({ channels }: Sections): string[] {
  return [...new Set([...channels.map(([name]) => name), 'web'])]
}
