/** What the agent says comes unchecked; these take of it what has the expected form, and nothing else. */

export type Said = Readonly<Record<string, unknown>>

export function objectIn(value: unknown): Said {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

export function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
}

/** At most `max` entries. */
export function listIn(value: unknown, max = 200): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, max) : []
}
