type Environment = Readonly<Record<string, string | undefined>>

/** What a program needs to find its way, and nothing that is secret: keys are given by name, in the configuration. */
const passedOn =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TERM|XDG_\w+|https?_proxy|no_proxy|all_proxy|SSL_CERT_\w+|NODE_EXTRA_CA_CERTS)$/i

/** The environment of a tool server: few variables of the gateway's own, and `own` over them. */
export function toolEnvironment(
  env: Environment,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const passed: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && value !== '' && passedOn.test(name)) passed[name] = value
  }
  return { ...passed, ...own }
}
