/** Keys shorter than this are placeholders such as `-` or `x`, and replacing them would garble every sentence. */
const minSecretLength = 6

/** Returns `text` with every occurrence of `secret` blacked out, also where it stands URL-encoded. */
export function redact(text: string, secret: string): string {
  if (secret.length < minSecretLength) return text
  return text.replaceAll(secret, '[redacted]').replaceAll(encodeURIComponent(secret), '[redacted]')
}
