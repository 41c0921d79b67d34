import { ActionIcon, Button, Loader } from '@mantine/core'
import { IconArrowDown } from '@tabler/icons-react'
import { Fragment, useMemo } from 'react'
import type { Message } from './api.ts'
import { EmptyChat } from './empty-chat.tsx'
import { formatDay, isSameDay } from './format.ts'
import { LiveAnswer } from './live-answer.tsx'
import { MessageItem } from './message-item.tsx'
import type { OutboxEntry } from './outbox.ts'
import { OutboxItem } from './outbox-item.tsx'
import type { Chat } from './use-chat.ts'
import { useStickToEnd } from './use-stick-to-end.ts'
import './message-list.css'

/** Lines of one author within this time stand together. */
const groupMs = 5 * 60_000
const nearTopPx = 300
/** Reachable by keyboard because it scrolls; silent because growing answers would be read word by word. */
const region = { role: 'log', 'aria-label': 'Messages', 'aria-live': 'off', tabIndex: 0 } as const

/** The scrolling history with what is being said and sent right now at its end. */
export function MessageList(props: {
  readonly chat: Chat
  readonly entries: readonly OutboxEntry[]
  readonly isWorking: boolean
  readonly onPress: (data: string) => Promise<void>
  readonly onRetry: (key: string) => void
  readonly onDiscard: (key: string) => void
}) {
  const { chat, entries } = props
  const { messages, next, live, isLoaded } = chat.state
  const liveRuns = Object.entries(live)
  const last = messages.at(-1)
  const scroll = useStickToEnd({
    firstId: messages[0]?.id,
    lastId: last?.id,
    isOwn: last?.role === 'user',
    sending: entries.at(-1)?.key,
  })
  const now = new Date()
  const isEmpty = isLoaded && messages.length === 0 && entries.length === 0
  const rows = useMemo(() => toRows(messages), [messages])

  return (
    <div className="message-list-frame">
      <div
        className="message-list"
        ref={scroll.scroller}
        aria-busy={!isLoaded}
        {...region}
        onScroll={(event) => {
          scroll.onScroll()
          if (event.currentTarget.scrollTop < nearTopPx && next !== null) chat.loadOlder()
        }}
      >
        <div className="message-list-column" ref={scroll.content}>
          {!isLoaded && chat.problem === null && (
            <div className="message-list-note" role="status" aria-label="Loading messages">
              <Loader size="sm" type="dots" />
            </div>
          )}
          {chat.problem !== null && (
            <div className="message-list-note" role="alert">
              <p>The messages could not be loaded. {chat.problem}</p>
              <Button size="xs" variant="default" onClick={chat.reconnect}>
                Try again
              </Button>
            </div>
          )}
          {next !== null && (
            <div className="message-list-note">
              <Button
                size="compact-sm"
                variant="subtle"
                loading={chat.isLoadingOlder}
                onClick={chat.loadOlder}
              >
                Earlier messages
              </Button>
            </div>
          )}
          {isEmpty && <EmptyChat />}
          {rows.map((row) => (
            <Fragment key={row.message.id}>
              {row.startsDay && (
                <h2 className="message-list-day">{formatDay(new Date(row.message.at), now)}</h2>
              )}
              <MessageItem
                message={row.message}
                endsGroup={row.endsGroup}
                onPress={props.onPress}
              />
            </Fragment>
          ))}
          {entries.map((entry) => (
            <OutboxItem
              key={entry.key}
              entry={entry}
              onRetry={() => props.onRetry(entry.key)}
              onDiscard={() => props.onDiscard(entry.key)}
            />
          ))}
          {liveRuns.map(([run, { text, steps }]) => (
            <LiveAnswer key={run} text={text} steps={steps} />
          ))}
          {props.isWorking && liveRuns.length === 0 && <LiveAnswer text="" steps={[]} />}
        </div>
      </div>
      {!scroll.isAtEnd && !scroll.hasNew && (
        <ActionIcon
          className="message-list-down"
          variant="default"
          radius="xl"
          size={40}
          aria-label="Go to the latest message"
          onClick={scroll.toEnd}
        >
          <IconArrowDown size={18} aria-hidden />
        </ActionIcon>
      )}
      {!scroll.isAtEnd && scroll.hasNew && (
        <Button
          className="message-list-pill"
          radius="xl"
          size="sm"
          leftSection={<IconArrowDown size={16} aria-hidden />}
          onClick={scroll.toEnd}
        >
          New messages
        </Button>
      )}
    </div>
  )
}

type Row = { readonly message: Message; readonly startsDay: boolean; readonly endsGroup: boolean }

function toRows(messages: readonly Message[]): readonly Row[] {
  return messages.map((message, index) => {
    const at = new Date(message.at)
    const before = messages[index - 1]
    const after = messages[index + 1]
    return {
      message,
      startsDay: !before || !isSameDay(new Date(before.at), at),
      endsGroup:
        !after ||
        after.role !== message.role ||
        new Date(after.at).getTime() - at.getTime() > groupMs,
    }
  })
}
