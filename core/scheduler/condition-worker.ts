import { parentPort, workerData } from 'node:worker_threads'

/** Far more than the limits of its parts allow: what is longer is not even carried over. */
const maxResultLength = 1_000_000
const maxMessageLength = 1000

const { url, context } = workerData as { readonly url: string; readonly context: string }
// Not awaited at the top: Node itself would complain on stderr of a module that never answers.
void ask().then((outcome) => parentPort?.postMessage(outcome))

async function ask() {
  const loaded = await load()
  if ('code' in loaded) return loaded
  try {
    // As text: what comes of getters and the like is decided here and not by whoever reads it.
    const result = JSON.stringify(await loaded.module(JSON.parse(context))) ?? ''
    if (result.length <= maxResultLength) return { result }
    const message = `It returned ${result.length} characters of JSON, far too many.`
    return { code: 'bad-result', message }
  } catch (error) {
    return { code: 'threw', message: said(error) }
  }
}

async function load() {
  try {
    const loaded = (await import(url)) as { readonly default?: unknown }
    if (typeof loaded.default === 'function')
      return { module: loaded.default as (context: unknown) => unknown }
  } catch (error) {
    return { code: 'cannot-load', message: `It cannot be loaded: ${said(error)}` }
  }
  const example = '(context) => ({ status: "ok" })'
  return {
    code: 'no-default-export',
    message: `It has no function as default export. Begin it with: export default ${example}`,
  }
}

function said(error: unknown): string {
  try {
    return String(error).slice(0, maxMessageLength)
  } catch {
    return 'something that cannot be shown was thrown'
  }
}
