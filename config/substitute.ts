/** Environment as the loader sees it; `process.env` fits. */
export type Environment = Readonly<Record<string, string | undefined>>

export type Substitution = {
  readonly text: string
  /** Names of the variables that took part. */
  readonly names: readonly string[]
  /** Names that are not set and have no default; their places keep the words `${NAME}`. */
  readonly unset: readonly string[]
  /** Words between `${` and `}` that are neither a name nor a name with a default. */
  readonly malformed: readonly string[]
  /** The whole text was one variable, so what it stands for may be a number or a boolean. */
  readonly isWhole: boolean
}

const pattern = /\$\$\{|\$\{([^{}]*)\}/g
const reference = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s

/** Replaces `${NAME}` and `${NAME:-default}`; the default also stands for an empty variable. `$${` is a plain `${`. */
export function substitute(text: string, env: Environment): Substitution {
  const names: string[] = []
  const unset: string[] = []
  const malformed: string[] = []
  const replaced = text.replace(pattern, (whole, inside: string | undefined) => {
    if (inside === undefined) return '${'
    const [, name, fallback] = reference.exec(inside) ?? []
    if (name === undefined) {
      malformed.push(inside)
      return whole
    }
    names.push(name)
    const value = env[name]
    if (value !== undefined && (value !== '' || fallback === undefined)) return value
    if (fallback !== undefined) return fallback
    unset.push(name)
    return whole
  })
  return { text: replaced, names, unset, malformed, isWhole: /^\$\{[^{}]*\}$/.test(text) }
}

/** Stand-ins of the same length for the braces of `${NAME}`, so that YAML takes it unquoted inside `{ }` as well. */
const opening = '\uFDD0'
const closing = '\uFDD1'

/** Hides the braces of variables from the YAML parser; every offset stays the same. */
export function maskVariables(text: string): string {
  return text.replace(/\$\{([^{}\r\n]*)\}/g, `$$${opening}$1${closing}`)
}

export function unmaskVariables(text: string): string {
  return text.replaceAll(opening, '{').replaceAll(closing, '}')
}
