/** Finds the one-time code in a sign-in link or in its fragment (`#code=XXXX`). */
export function parseSignInCode(text: string): string | null {
  const code = /#(?:.*&)?code=([^&\s]+)/.exec(text)?.[1]
  return code === undefined ? null : decodeURIComponent(code)
}

/** Takes the code out of the address, so that neither history nor a shared screen keeps it. */
export function takeSignInCode(): string | null {
  const code = parseSignInCode(location.hash)
  if (code !== null) history.replaceState(null, '', location.pathname + location.search)
  return code
}
