import { useCallback, useSyncExternalStore } from 'react'

const defaultChat = 'main'

/** The chat named in the address (`#/chats/<id>`), so that reload, back and bookmarks keep it. */
export function useChatRoute(): readonly [string, (chatId: string) => void] {
  const chatId = useSyncExternalStore(subscribe, readChat)
  const open = useCallback((next: string) => {
    location.hash = next === defaultChat ? '' : `/chats/${encodeURIComponent(next)}`
  }, [])
  return [chatId, open]
}

function subscribe(onChange: () => void): () => void {
  addEventListener('hashchange', onChange)
  return () => removeEventListener('hashchange', onChange)
}

function readChat(): string {
  const id = /^#\/chats\/([^/?&]+)$/.exec(location.hash)?.[1]
  return id === undefined ? defaultChat : decodeURIComponent(id)
}
