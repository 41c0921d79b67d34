import { join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/** What a program of a person's own needs, and the keys of model providers. The gateway's own secrets stay here. */
const passedOn =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TERM|XDG_\w+|https?_proxy|no_proxy|all_proxy|SSL_CERT_\w+|NODE_EXTRA_CA_CERTS|SSH_AUTH_SOCK|npm_config_\w+|OPENCODE_\w+|AWS_\w+|GOOGLE_\w+|AZURE_\w+|VERTEX_\w+|OLLAMA_\w+|OPENAI_\w+|ANTHROPIC_\w+|GITHUB_TOKEN|\w+_API_KEY)$/i

/** The environment of a managed server. Without a home, as under many supervisors, it gets one in `folder`. */
export function childEnvironment(
  env: Environment,
  folder: string,
  password: string,
): Record<string, string> {
  const passed: Record<string, string> = { HOME: join(folder, 'home') }
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && value !== '' && passedOn.test(name)) passed[name] = value
  }
  return {
    ...passed,
    OPENCODE_SERVER_USERNAME: 'opencode',
    OPENCODE_SERVER_PASSWORD: password,
    // It would replace itself under a running turn.
    OPENCODE_DISABLE_AUTOUPDATE: '1',
  }
}
