import { join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/** What a program of a person's own needs. The gateway's own secrets stay here. */
const everyday =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TERM|XDG_\w+|https?_proxy|no_proxy|all_proxy|SSL_CERT_\w+|NODE_EXTRA_CA_CERTS|SSH_AUTH_SOCK)$/i

/** A person's own settings of npm; where npm has started the gateway, they are npm's, and the checkout's. */
const npmSettings = /^npm_config_\w+$/i

/** The keys of model providers, and what says where their models are. */
const providers =
  /^(OPENCODE_\w+|AWS_\w+|GOOGLE_\w+|AZURE_\w+|VERTEX_\w+|OLLAMA_\w+|OPENAI_\w+|ANTHROPIC_\w+|GITHUB_TOKEN|\w+_API_KEY)$/i

/**
 * The environment of a program that is started: of the gateway's own only what every program needs and, `withKeys`,
 * the keys of model providers. Without a home, as under many supervisors, it gets one in `folder`.
 */
export function childEnvironment(
  env: Environment,
  folder: string,
  options: { readonly withKeys?: boolean } = {},
): Record<string, string> {
  const passed: Record<string, string> = { HOME: join(folder, 'home') }
  const isOfNpm = Object.hasOwn(env, 'npm_lifecycle_event')
  for (const [name, value] of Object.entries(env)) {
    const isMeant =
      everyday.test(name) ||
      (!isOfNpm && npmSettings.test(name)) ||
      (options.withKeys === true && providers.test(name))
    if (value !== undefined && value !== '' && isMeant) passed[name] = value
  }
  return passed
}
