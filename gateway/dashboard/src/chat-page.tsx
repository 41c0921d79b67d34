import { ActionIcon, Drawer } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconMenu2 } from '@tabler/icons-react'
import { useCallback, useEffect, useRef, useState } from 'react'
import { type ChatSummary, fetchChats } from './api.ts'
import { countQuestions, fetchQuestions } from './api-questions.ts'
import { ChatList } from './chat-list.tsx'
import { ChatView } from './chat-view.tsx'
import type { Outbox } from './outbox.ts'
import { randomId } from './random-id.ts'
import { SidePane } from './side-pane.tsx'
import { StatusBadge } from './status-badge.tsx'
import type { Connection } from './use-chat.ts'
import { usePolled } from './use-polled.ts'
import { type Route, useRoute } from './use-route.ts'
import './chat-page.css'

/** The signed-in page: the list of chats (a drawer on a phone), the header and the open chat. */
export function ChatPage(props: {
  readonly outbox: Outbox
  readonly onSignOut: () => Promise<void>
}) {
  const [route, openChat] = useRoute()
  const [chats, refresh] = useChats()
  const [connection, setConnection] = useState<Connection>('connecting')
  const [isDrawerOpen, drawer] = useDisclosure(false)
  const questions = usePolled(fetchQuestions, route.is === 'questions' ? 3_000 : 15_000)
  const waiting = countQuestions(questions.data)
  const title = formatTitle(route, chats)

  const { reload } = questions
  const onActivity = useCallback(() => {
    refresh()
    // What was said may be a question, or the end of one.
    void reload()
  }, [refresh, reload])
  const open = (id: string) => {
    openChat(id)
    drawer.close()
  }
  const list = (
    <ChatList
      chats={withOpenChat(route, chats)}
      open={route}
      questions={waiting}
      onOpen={open}
      onNew={() => open(randomId().slice(0, 13))}
      onPlace={drawer.close}
      onSignOut={props.onSignOut}
    />
  )

  return (
    <div className="chat-page">
      <aside className="chat-page-side">{list}</aside>
      <Drawer
        opened={isDrawerOpen}
        onClose={drawer.close}
        size={288}
        padding={0}
        withCloseButton={false}
        lockScroll={false}
        title={undefined}
        aria-label="Chats"
        classNames={{ body: 'chat-page-drawer' }}
      >
        {list}
      </Drawer>
      <main className="chat-page-main">
        <header className="chat-page-header">
          <ActionIcon
            className="chat-page-menu"
            variant="subtle"
            color="gray"
            size={44}
            aria-label={`Open the list of chats${formatWaiting(waiting)}`}
            aria-expanded={isDrawerOpen}
            onClick={drawer.open}
          >
            <IconMenu2 size={22} aria-hidden />
            {waiting > 0 && <span className="chat-page-mark" />}
          </ActionIcon>
          <h1 className="chat-page-title">{title}</h1>
          <StatusBadge isReachable={route.is !== 'chat' || connection !== 'lost'} />
        </header>
        {route.is === 'chat' ? (
          <ChatView
            key={route.chatId}
            chatId={route.chatId}
            outbox={props.outbox}
            onConnection={setConnection}
            onActivity={onActivity}
          />
        ) : (
          <SidePane is={route.is} questions={questions} />
        )}
      </main>
    </div>
  )
}

const refreshMs = 1_000

/** The list of chats, and what asks for it again (at most once a second). */
function useChats(): readonly [readonly ChatSummary[], () => void] {
  const [chats, setChats] = useState<readonly ChatSummary[]>([])
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null)
  const refresh = useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = null
      // A list that cannot be loaded leaves the one before; the open chat says what is wrong.
      fetchChats().then(setChats, () => undefined)
    }, refreshMs)
  }, [])
  useEffect(() => {
    fetchChats().then(setChats, () => undefined)
    return () => {
      if (timer.current !== null) clearTimeout(timer.current)
      timer.current = null
    }
  }, [])
  return [chats, refresh]
}

function withOpenChat(route: Route, chats: readonly ChatSummary[]): readonly ChatSummary[] {
  if (route.is !== 'chat') return chats
  const isListed = chats.some((chat) => chat.id === route.chatId)
  if (isListed) return chats
  return [{ id: route.chatId, title: formatTitle(route, []), lastAt: '' }, ...chats]
}

const placeTitles = { questions: 'Questions', jobs: 'Jobs', usage: 'Usage' }

function formatTitle(route: Route, chats: readonly ChatSummary[]): string {
  if (route.is !== 'chat') return placeTitles[route.is]
  const title = chats.find((chat) => chat.id === route.chatId)?.title
  return title || (route.chatId === 'main' ? 'Chat' : 'New chat')
}

function formatWaiting(questions: number): string {
  if (questions === 0) return ''
  return questions === 1 ? ', 1 question is open' : `, ${questions} questions are open`
}
