import type { Message, MessagePage, RunState } from './api.ts'

/**
 * What the page knows of one chat. History and stream arrive in any order; whatever the stream said while a page of
 * history was on its way is newer than that page and wins.
 */
export type ChatState = {
  /** Oldest first. */
  readonly messages: readonly Message[]
  /** Cursor of older messages; null when the beginning is reached. */
  readonly next: string | null
  readonly isLoaded: boolean
  /** Unfinished runs by id. */
  readonly runs: Readonly<Record<string, RunState>>
  /** The answer so far and what the agent does beside it, by run. */
  readonly live: Readonly<Record<string, LiveText>>
  /** Runs whose agent is at work on the next words. */
  readonly typing: readonly string[]
  /** What the stream has told since the load in flight began; null when there is none. */
  readonly fresh: Fresh | null
}

export type LiveText = { readonly text: string; readonly steps: readonly string[] }

type Fresh = {
  readonly ids: readonly string[]
  readonly runs: Readonly<Record<string, RunState>>
}

export type ChatAction =
  | { readonly type: 'loading' }
  | { readonly type: 'loaded'; readonly page: MessagePage }
  | { readonly type: 'not-loaded' }
  | { readonly type: 'older'; readonly page: MessagePage }
  | { readonly type: 'message'; readonly message: Message }
  | { readonly type: 'run'; readonly run: string; readonly state: RunState }
  | ({ readonly type: 'text'; readonly run: string } & LiveText)
  | { readonly type: 'typing'; readonly run: string; readonly on: boolean }
  | { readonly type: 'lost' }

export const emptyChat: ChatState = {
  messages: [],
  next: null,
  isLoaded: false,
  runs: {},
  live: {},
  typing: [],
  fresh: null,
}

/** Above this many messages a load keeps only the newest page; the rest is a scroll away. */
export const maxKept = 400

/** Pure: the chat after something happened. */
export function reduceChat(state: ChatState, action: ChatAction): ChatState {
  switch (action.type) {
    case 'loading':
      return { ...state, fresh: { ids: [], runs: {} } }
    case 'loaded':
      return withPage(state, action.page)
    case 'not-loaded':
      return { ...state, fresh: null }
    case 'older':
      return {
        ...state,
        messages: [...without(action.page.items, state.messages), ...state.messages],
        next: action.page.next,
      }
    case 'message':
      return withMessage(state, action.message)
    case 'run':
      return withRun(state, action.run, action.state)
    case 'text':
      return isOver(state, action.run)
        ? state
        : { ...state, live: { ...state.live, [action.run]: liveOf(action) } }
    case 'typing': {
      const typing = state.typing.filter((run) => run !== action.run)
      const isShown = action.on && !isOver(state, action.run)
      return { ...state, typing: isShown ? [...typing, action.run] : typing }
    }
    case 'lost':
      return { ...state, typing: [] }
  }
}

/** Whether a run in this state may still say something. */
function isActive(state: RunState | null | undefined): boolean {
  return state === 'queued' || state === 'running' || state === 'waiting'
}

/** The states of all unfinished runs of the chat. */
export function activeStates(state: ChatState): readonly RunState[] {
  const states = new Map(Object.entries(state.runs))
  for (const message of state.messages) {
    if (message.run !== null && message.state !== null && isActive(message.state))
      states.set(message.run, message.state)
  }
  return [...states.values()]
}

function withPage(state: ChatState, page: MessagePage): ChatState {
  const current = new Map(state.messages.map((message) => [message.id, message]))
  const fresh = new Set(state.fresh?.ids)
  const freshRuns = state.fresh?.runs ?? {}
  const items = page.items.map((item) => {
    const known = fresh.has(item.id) ? current.get(item.id) : undefined
    const runState = item.run === null ? undefined : freshRuns[item.run]
    return known ?? (runState === undefined ? item : { ...item, state: runState })
  })
  const first = state.messages.findIndex((message) => message.id === page.items[0]?.id)
  const isJoined = first >= 0 && state.messages.length <= maxKept
  const older = isJoined ? state.messages.slice(0, first) : []
  const newer = without(
    state.messages.filter((message) => fresh.has(message.id)),
    [...older, ...items],
  )
  const messages = [...older, ...items, ...newer]
  const runs = Object.fromEntries(
    Object.entries(freshRuns).filter(([, runState]) => isActive(runState)),
  )
  const next = isJoined ? state.next : page.next
  const loaded = { ...state, messages, runs, next, isLoaded: true, fresh: null }
  const live = Object.entries(state.live).filter(([run]) => !isOver(loaded, run))
  return { ...loaded, live: Object.fromEntries(live) }
}

function withMessage(state: ChatState, message: Message): ChatState {
  const index = state.messages.findIndex((known) => known.id === message.id)
  const messages = index < 0 ? [...state.messages, message] : state.messages.with(index, message)
  const next = {
    ...state,
    messages,
    fresh: state.fresh && { ...state.fresh, ids: [...state.fresh.ids, message.id] },
  }
  return message.role === 'agent' && message.run !== null && index < 0
    ? { ...next, live: omit(state.live, message.run), typing: omitOne(state.typing, message.run) }
    : next
}

function withRun(state: ChatState, run: string, runState: RunState): ChatState {
  const isAlive = isActive(runState)
  const messages = state.messages.map((message) =>
    message.run === run ? { ...message, state: runState } : message,
  )
  const isAnswered = messages.some((message) => message.run === run && message.role === 'agent')
  const keepsText = isAlive || (runState === 'completed' && !isAnswered)
  return {
    ...state,
    messages,
    runs: isAlive ? { ...state.runs, [run]: runState } : omit(state.runs, run),
    live: keepsText ? state.live : omit(state.live, run),
    typing: isAlive ? state.typing : omitOne(state.typing, run),
    fresh: state.fresh && { ...state.fresh, runs: { ...state.fresh.runs, [run]: runState } },
  }
}

/** Whether the chat already holds the end of a run, so that late pieces of its text are of no use. */
function isOver(state: ChatState, run: string): boolean {
  if (isActive(state.runs[run])) return false
  return state.messages.some(
    (message) => message.run === run && (message.role === 'agent' || !isActive(message.state)),
  )
}

function without(items: readonly Message[], others: readonly Message[]): readonly Message[] {
  const ids = new Set(others.map((message) => message.id))
  return items.filter((message) => !ids.has(message.id))
}

function omit<T>(record: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  const { [key]: _, ...rest } = record
  return rest
}

function omitOne(list: readonly string[], value: string): readonly string[] {
  return list.filter((item) => item !== value)
}

function liveOf({ text, steps }: LiveText): LiveText {
  return { text, steps }
}
