/**
 * `text` in at most `maxLength` UTF-16 units: whole, or 70 % of them from its head and 20 % from its tail around
 * `notice`. The head says what it is about and the tail how it ends, which together misleads less than either alone.
 */
export function cutMiddle(text: string, maxLength: number, notice: string): string {
  if (text.length <= maxLength) return text
  const head = text.slice(0, Math.floor(maxLength * 0.7))
  const tail = text.slice(text.length - Math.floor(maxLength * 0.2))
  // A cut may go through a pair of surrogates.
  return `${head}\n${notice}\n${tail}`.toWellFormed()
}
