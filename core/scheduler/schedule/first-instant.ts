import type { Zone } from './zone.ts'

/** When a wall time is: the first of two, or the first valid moment after the gap that it fell into. */
export function firstInstant(zone: Zone, wall: number): number {
  const resolved = zone.resolve(wall)
  if (resolved.kind === 'once') return resolved.at
  return resolved.kind === 'twice' ? resolved.first : resolved.after
}
