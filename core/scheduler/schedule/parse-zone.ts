import { zoneOf } from './zone-of.ts'

/** Reads the name of an IANA zone, in any case. Throws an `Error` that says what to write instead. */
export function parseZone(name: string): string {
  if (/^[+-]|^(utc|gmt)[+-]/i.test(name)) {
    throw new Error('it is an offset, which knows no daylight saving; name a place: Europe/Berlin')
  }
  const names = Intl.supportedValuesOf('timeZone')
  const same = names.find((known) => known.toLowerCase() === name.toLowerCase())
  if (same !== undefined) return same
  if (isKnown(name)) return name
  const near = namesLike(names, name)
  throw new Error(
    `it is no known time zone; ${near.length > 0 ? `perhaps ${near.join(' or ')}` : 'name one as Europe/Berlin or America/New_York'}`,
  )
}

function isKnown(name: string): boolean {
  if (!/^[a-z][\w+/-]{0,60}$/i.test(name)) return false
  try {
    zoneOf(name)
    return true
  } catch {
    return false
  }
}

/** Names with that place in them: `Berlin`, `Germany/Berlin`, `new york`. */
function namesLike(names: readonly string[], name: string): string[] {
  const place = name.split('/').at(-1)?.trim().toLowerCase().replace(/\s+/g, '_') ?? ''
  if (place.length < 3) return []
  return names.filter((known) => known.toLowerCase().includes(place)).slice(0, 3)
}
