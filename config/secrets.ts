import type { Problem } from './errors.ts'
import { formatPath } from './path.ts'
import { type SchemaNode, visitValues } from './schema-node.ts'
import type { Substitution } from './substitute.ts'

type Context = {
  readonly tree: SchemaNode
  readonly value: unknown
  readonly variables: ReadonlyMap<string, Substitution>
}

/** Shorter ones would turn ordinary words into gaps; no message quotes a secret key anyway. */
const minLength = 8

/** The second lock: takes every secret of the configuration out of the problems, however it got there. */
export function withoutSecrets(problems: readonly Problem[], context: Context): Problem[] {
  const secrets = secretValues(context)
  if (secrets.length === 0) return [...problems]
  return problems.map((problem) => ({
    ...problem,
    text: hide(problem.text, secrets),
  }))
}

function hide(text: string, secrets: readonly string[]): string {
  return secrets.reduce((hidden, secret) => hidden.replaceAll(secret, '(hidden)'), text)
}

function secretValues({ tree, value, variables }: Context): string[] {
  const found = new Set<string>()
  visitValues(tree, value, (node, at, path) => {
    if (node.writeOnly !== true) return
    found.add(String(at))
    const variable = variables.get(formatPath(path))
    if (variable !== undefined) found.add(variable.text)
  })
  return [...found]
    .filter((secret) => secret.length >= minLength && !secret.startsWith('${'))
    .sort((one, other) => other.length - one.length)
}
