import { Button, UnstyledButton } from '@mantine/core'
import { IconLogout, IconPencilPlus } from '@tabler/icons-react'
import { useState } from 'react'
import type { ChatSummary } from './api.ts'
import { formatWhen } from './format.ts'
import { Logo } from './logo.tsx'
import { SideEntries } from './side-entries.tsx'
import type { Route } from './use-route.ts'
import './chat-list.css'

/** All chats, the newest first, with the way to a new one and out. */
export function ChatList(props: {
  readonly chats: readonly ChatSummary[]
  readonly open: Route
  /** How many wait for an answer. */
  readonly questions: number
  readonly onOpen: (chatId: string) => void
  readonly onNew: () => void
  /** A place that is no chat was chosen. */
  readonly onPlace: () => void
  readonly onSignOut: () => Promise<void>
}) {
  const [problem, setProblem] = useState<string | null>(null)
  const now = new Date()
  const { open } = props
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
      <SideEntries open={open.is} questions={props.questions} onOpen={props.onPlace} />
      <ul className="chat-list-items">
        {props.chats.map((chat) => (
          <li key={chat.id}>
            <UnstyledButton
              className="chat-list-item"
              aria-current={open.is === 'chat' && chat.id === open.chatId ? 'page' : undefined}
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
