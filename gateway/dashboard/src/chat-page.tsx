import { ActionIcon, Drawer } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconMenu2 } from '@tabler/icons-react'
import { useCallback, useEffect, useRef, useState } from 'react'
import { type ChatSummary, fetchChats } from './api.ts'
import { ChatList } from './chat-list.tsx'
import { ChatView } from './chat-view.tsx'
import type { Outbox } from './outbox.ts'
import { randomId } from './random-id.ts'
import { StatusBadge } from './status-badge.tsx'
import type { Connection } from './use-chat.ts'
import { useChatRoute } from './use-chat-route.ts'
import './chat-page.css'

/** The signed-in page: the list of chats (a drawer on a phone), the header and the open chat. */
export function ChatPage(props: {
  readonly outbox: Outbox
  readonly onSignOut: () => Promise<void>
}) {
  const [chatId, openChat] = useChatRoute()
  const [chats, refresh] = useChats()
  const [connection, setConnection] = useState<Connection>('connecting')
  const [isDrawerOpen, drawer] = useDisclosure(false)
  const title = formatTitle(chatId, chats)

  const open = (id: string) => {
    openChat(id)
    drawer.close()
  }
  const list = (
    <ChatList
      chats={withOpenChat(chatId, chats)}
      openId={chatId}
      onOpen={open}
      onNew={() => open(randomId().slice(0, 13))}
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
            aria-label="Open the list of chats"
            aria-expanded={isDrawerOpen}
            onClick={drawer.open}
          >
            <IconMenu2 size={22} aria-hidden />
          </ActionIcon>
          <h1 className="chat-page-title">{title}</h1>
          <StatusBadge isReachable={connection !== 'lost'} />
        </header>
        <ChatView
          key={chatId}
          chatId={chatId}
          outbox={props.outbox}
          onConnection={setConnection}
          onActivity={refresh}
        />
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

function withOpenChat(chatId: string, chats: readonly ChatSummary[]): readonly ChatSummary[] {
  const isListed = chats.some((chat) => chat.id === chatId)
  if (isListed) return chats
  return [{ id: chatId, title: formatTitle(chatId, []), lastAt: '' }, ...chats]
}

function formatTitle(chatId: string, chats: readonly ChatSummary[]): string {
  const title = chats.find((chat) => chat.id === chatId)?.title
  return title || (chatId === 'main' ? 'Chat' : 'New chat')
}
