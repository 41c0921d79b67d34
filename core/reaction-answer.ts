const answers: ReadonlyMap<string, 'yes' | 'no'> = new Map([
  ['👍', 'yes'],
  ['✅', 'yes'],
  ['👎', 'no'],
  ['❌', 'no'],
])

/** What a reaction says to a question, whatever its skin tone; undefined for any other, and for both at once. */
export function reactionAnswer(emoji: readonly string[]): 'yes' | 'no' | undefined {
  const said = new Set(
    emoji.flatMap((one) => answers.get(one.replace(/[\u{1F3FB}-\u{1F3FF}\uFE0F]/gu, '')) ?? []),
  )
  return said.size === 1 ? [...said][0] : undefined
}
