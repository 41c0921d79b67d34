import type { ConfigDocument } from './document.ts'
import { isSection } from './path.ts'
import { type Environment, substitute } from './substitute.ts'

/** Where the file does not mention `http.token`, it is as if it said this. */
const defaultToken = `\${JACKDAW_TOKEN:-}`

/** Gives the document the token of the environment, unless the file says something about it. */
export function withDefaultToken(document: ConfigDocument, env: Environment): ConfigDocument {
  const result = substitute(defaultToken, env)
  const root = document.value ?? {}
  if (result.text === '' || !isSection(root)) return document
  const http = root['http'] ?? {}
  if (!isSection(http) || Object.hasOwn(http, 'token')) return document
  return {
    ...document,
    value: { ...root, http: { ...http, token: result.text } },
    variables: new Map([...document.variables, ['http.token', result]]),
  }
}
