const variable = 'OPENCODE_CONFIG_CONTENT'

/**
 * The environment with one more plugin in the configuration that OpenCode reads from it. One that is there and is no
 * JSON stays as it is: OpenCode says what is wrong with it.
 */
export function withPlugin(
  env: Readonly<Record<string, string>>,
  plugin: string | undefined,
): Record<string, string> {
  if (plugin === undefined) return { ...env }
  const config = parse(env[variable] ?? '{}')
  if (config === undefined) return { ...env }
  const { plugin: others } = config
  const plugins = [...(Array.isArray(others) ? others : []), plugin]
  return { ...env, [variable]: JSON.stringify({ ...config, plugin: plugins }) }
}

function parse(text: string): { readonly plugin?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
