import { formatPath, isSection, type Path } from './path.ts'

/** A key that is checked but does nothing yet. */
export type InactiveFeature = {
  /** Path with `*` for any name. */
  readonly keys: string
  /** Only such a value of the key means the feature; absent: any. */
  readonly isMeant?: (value: unknown) => boolean
  /** The value in words, for the documents. */
  readonly value?: string
  readonly feature: string
}

/** Every key whose feature is not active yet. Documents and notices are made from this list and nothing else. */
export const inactiveFeatures: readonly InactiveFeature[] = [
  {
    keys: 'storage.url',
    value: '`postgres://…`',
    isMeant: (value) => typeof value === 'string' && value.startsWith('postgres'),
    feature: 'PostgreSQL',
  },
]

/** One sentence for each such key that `value`, the content of the file, sets. */
export function inactiveNotices(value: unknown): string[] {
  return inactiveFeatures.flatMap(({ keys, isMeant, feature }) =>
    pathsOf(value, keys.split('.')).flatMap(([path, found]) =>
      isMeant === undefined || isMeant(found)
        ? [`${formatPath(path)}: accepted, not active yet (${feature}).`]
        : [],
    ),
  )
}

function pathsOf(value: unknown, keys: readonly string[], path: Path = []): [Path, unknown][] {
  const [key, ...rest] = keys
  if (key === undefined) return [[path, value]]
  if (!isSection(value)) return []
  const names = key === '*' ? Object.keys(value) : Object.hasOwn(value, key) ? [key] : []
  return names.flatMap((name) => pathsOf(value[name], rest, [...path, name]))
}
