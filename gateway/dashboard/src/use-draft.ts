import { useCallback, useState } from 'react'

/** The text being written in a chat; it survives a change of chat and a reload. */
export function useDraft(chatId: string): readonly [string, (text: string) => void] {
  const key = `jackdaw.draft.${chatId}`
  const [text, setText] = useState(() => sessionStorage.getItem(key) ?? '')
  const change = useCallback(
    (next: string) => {
      setText(next)
      try {
        if (next === '') sessionStorage.removeItem(key)
        else sessionStorage.setItem(key, next)
      } catch {
        // A full storage keeps no draft at all rather than an old one.
        sessionStorage.removeItem(key)
      }
    },
    [key],
  )
  return [text, change]
}
