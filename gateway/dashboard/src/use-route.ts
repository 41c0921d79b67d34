import { useCallback, useMemo, useSyncExternalStore } from 'react'

/** What the page shows: a chat, or one of the places where the gateway is looked after. */
export type Route =
  | { readonly is: 'chat'; readonly chatId: string }
  | { readonly is: 'questions' | 'jobs' | 'usage' }

const defaultChat = 'main'

/**
 * What the address names (`#/chats/<id>`, `#/questions`, `#/jobs`, `#/usage`), so that reload, back and bookmarks keep
 * it, and the way to another chat.
 */
export function useRoute(): readonly [Route, (chatId: string) => void] {
  const hash = useSyncExternalStore(subscribe, () => location.hash)
  const route = useMemo(() => parseRoute(hash), [hash])
  const openChat = useCallback((next: string) => {
    location.hash = next === defaultChat ? '' : `/chats/${encodeURIComponent(next)}`
  }, [])
  return [route, openChat]
}

function subscribe(onChange: () => void): () => void {
  addEventListener('hashchange', onChange)
  return () => removeEventListener('hashchange', onChange)
}

function parseRoute(hash: string): Route {
  const [, place] = /^#\/(questions|jobs|usage)$/.exec(hash) ?? []
  if (place === 'questions' || place === 'jobs' || place === 'usage') return { is: place }
  const [, id] = /^#\/chats\/([^/?&]+)$/.exec(hash) ?? []
  return { is: 'chat', chatId: id === undefined ? defaultChat : decodeURIComponent(id) }
}
