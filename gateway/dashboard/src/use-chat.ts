import { useCallback, useEffect, useReducer, useRef, useState } from 'react'
import { fetchMessages, type Message, openStream } from './api.ts'
import { ApiError } from './api-call.ts'
import { type ChatState, emptyChat, maxKept, reduceChat } from './chat-state.ts'
import type { Outbox } from './outbox.ts'

/** `lost` only after a moment, so that a hiccup does not flash a banner. */
export type Connection = 'connecting' | 'open' | 'lost'

export type Chat = {
  readonly state: ChatState
  readonly connection: Connection
  /** Why the history is missing; null when it is there or still loading. */
  readonly problem: string | null
  readonly isLoadingOlder: boolean
  /** The newest message that came while the page was open, for screen readers. */
  readonly arrival: Message | null
  readonly loadOlder: () => void
  /** Connects at once instead of waiting for the next try. */
  readonly reconnect: () => void
}

const firstWaitMs = 500
const maxWaitMs = 15_000
const patienceMs = 1_500
const longAwayMs = 10_000

/**
 * Keeps one chat up to date: the stream tells what happens, and each time it opens the newest page of history fills
 * the gap before it. Without a stream the history is asked for between tries, so a proxy that buffers streams costs
 * seconds and not the answer.
 */
export function useChat(chatId: string, outbox: Outbox): Chat {
  const [state, dispatch] = useReducer(reduceChat, emptyChat)
  const [connection, setConnection] = useState<Connection>('connecting')
  const [problem, setProblem] = useState<string | null>(null)
  const [isLoadingOlder, setLoadingOlder] = useState(false)
  const [arrival, setArrival] = useState<Message | null>(null)
  const latest = useRef(state)
  latest.current = state
  const connectNow = useRef<() => void>(() => undefined)

  useEffect(() => {
    const stopped = new AbortController()
    let load = new AbortController()
    let wait: ReturnType<typeof setTimeout> | undefined
    let patience: ReturnType<typeof setTimeout> | undefined
    let tries = 0
    let hiddenAt = 0
    let close: () => void = () => undefined

    const retryLater = () => {
      const backoff = Math.min(firstWaitMs * 2 ** tries, maxWaitMs)
      tries++
      clearTimeout(wait)
      wait = setTimeout(connect, backoff * (0.8 + Math.random() * 0.4))
    }

    const reload = async () => {
      load.abort()
      load = new AbortController()
      const { signal } = load
      dispatch({ type: 'loading' })
      try {
        dispatch({ type: 'loaded', page: await fetchMessages(chatId, null, signal) })
        setProblem(null)
        tries = 0
      } catch (error) {
        if (signal.aborted) return
        dispatch({ type: 'not-loaded' })
        if (error instanceof ApiError && error.status === 401) return
        setProblem(formatProblem(error))
        retryLater()
      }
    }

    const onMessage = (message: Message) => {
      const known = latest.current.messages
      const isNew = !known.some((other) => other.id === message.id)
      if (isNew && message.role === 'user') outbox.see(chatId, message.text)
      if (isNew && message.role !== 'user') setArrival(message)
      dispatch({ type: 'message', message })
      if (known.length >= 2 * maxKept) void reload()
    }

    const onClose = () => {
      close()
      dispatch({ type: 'lost' })
      patience ??= setTimeout(() => setConnection('lost'), patienceMs)
      retryLater()
      void reload()
    }

    const connect = () => {
      clearTimeout(wait)
      close()
      close = openStream(chatId, {
        onOpen: () => {
          clearTimeout(patience)
          patience = undefined
          setConnection('open')
          void reload()
        },
        onMessage,
        onRun: (event) => dispatch({ type: 'run', ...event }),
        onText: (event) => dispatch({ type: 'text', ...event }),
        onTyping: (event) => dispatch({ type: 'typing', ...event }),
        onClose,
      })
    }

    const hurry = () => {
      tries = 0
      connect()
    }
    connectNow.current = hurry
    const onVisible = () => {
      if (document.visibilityState === 'hidden') hiddenAt = Date.now()
      // A phone that slept may hold a connection that is dead without knowing it.
      else if (Date.now() - hiddenAt > longAwayMs) hurry()
    }
    addEventListener('online', hurry, { signal: stopped.signal })
    addEventListener('offline', onClose, { signal: stopped.signal })
    document.addEventListener('visibilitychange', onVisible, { signal: stopped.signal })
    const endOnSent = outbox.onSent((sentTo, message) => {
      if (sentTo === chatId) dispatch({ type: 'message', message })
    })
    connect()
    return () => {
      stopped.abort()
      load.abort()
      clearTimeout(wait)
      clearTimeout(patience)
      endOnSent()
      close()
    }
  }, [chatId, outbox])

  const loadOlder = useCallback(() => {
    const before = latest.current.next
    if (before === null || isLoadingOlder) return
    setLoadingOlder(true)
    fetchMessages(chatId, before, new AbortController().signal)
      .then((page) => {
        if (latest.current.next === before) dispatch({ type: 'older', page })
      })
      .catch((error: unknown) => setProblem(formatProblem(error)))
      .finally(() => setLoadingOlder(false))
  }, [chatId, isLoadingOlder])

  const reconnect = useCallback(() => connectNow.current(), [])
  return { state, connection, problem, isLoadingOlder, arrival, loadOlder, reconnect }
}

function formatProblem(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
