import { redactConfig } from '../config/redact.ts'
import type { Config } from '../config/types.ts'

/** Every secret of the configuration, to be kept out of the log. */
export function secretsOf(config: Config): readonly string[] {
  return hiddenIn(config, redactConfig(config))
}

/** The texts that differ from what may be shown of them. */
function hiddenIn(value: unknown, shown: unknown): string[] {
  if (typeof value === 'string') return value === shown || value === '' ? [] : [value]
  if (typeof value !== 'object' || value === null) return []
  const visible = typeof shown === 'object' && shown !== null ? Object.entries(shown) : []
  const byKey = new Map(visible)
  return Object.entries(value).flatMap(([key, child]) => hiddenIn(child, byKey.get(key)))
}
