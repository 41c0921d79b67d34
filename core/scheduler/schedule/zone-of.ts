import { Zone } from './zone.ts'

/** More zones than people of one gateway live in. */
const maxZones = 100

/** What was asked before. It holds nothing but facts of the platform, which are the same for everybody. */
const known = new Map<string, Zone>()

/** The zone of that name. Throws `RangeError` if the platform does not know it. */
export function zoneOf(name: string): Zone {
  const found = known.get(name)
  if (found) return found
  const zone = new Zone(name)
  if (known.size >= maxZones) known.clear()
  known.set(name, zone)
  return zone
}
