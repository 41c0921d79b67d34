import { Button, UnstyledButton } from '@mantine/core'
import { IconLogout, IconPencilPlus } from '@tabler/icons-react'
import { useState } from 'react'
import type { ChatSummary } from './api.ts'
import { formatWhen } from './format.ts'
import { Logo } from './logo.tsx'
import './chat-list.css'

/** All chats, the newest first, with the way to a new one and out. */
export function ChatList(props: {
  readonly chats: readonly ChatSummary[]
  readonly openId: string
  readonly onOpen: (chatId: string) => void
  readonly onNew: () => void
  readonly onSignOut: () => Promise<void>
}) {
  const [problem, setProblem] = useState<string | null>(null)
  const now = new Date()
  const signOut = () => {
    setProblem(null)
    props.onSignOut().catch(() => setProblem('Not signed out: the gateway cannot be reached.'))
  }
  return (
    <nav className="chat-list" aria-label="Chats">
      <div className="chat-list-brand">
        <Logo size={28} />
        <span>Jackdaw</span>
      </div>
      <Button
        variant="default"
        justify="flex-start"
        leftSection={<IconPencilPlus size={18} aria-hidden />}
        onClick={props.onNew}
      >
        New chat
      </Button>
      <ul className="chat-list-items">
        {props.chats.map((chat) => (
          <li key={chat.id}>
            <UnstyledButton
              className="chat-list-item"
              aria-current={chat.id === props.openId ? 'page' : undefined}
              onClick={() => props.onOpen(chat.id)}
            >
              <span className="chat-list-title">{chat.title || 'Chat'}</span>
              {chat.lastAt && (
                <time className="chat-list-when" dateTime={chat.lastAt}>
                  {formatWhen(new Date(chat.lastAt), now)}
                </time>
              )}
            </UnstyledButton>
          </li>
        ))}
      </ul>
      {problem !== null && (
        <p className="chat-list-problem" role="alert">
          {problem}
        </p>
      )}
      <Button
        variant="subtle"
        color="gray"
        justify="flex-start"
        leftSection={<IconLogout size={18} aria-hidden />}
        onClick={signOut}
      >
        Sign out
      </Button>
    </nav>
  )
}
