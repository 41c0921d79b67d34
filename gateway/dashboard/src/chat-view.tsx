import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { press } from './api.ts'
import { activeStates } from './chat-state.ts'
import { Composer } from './composer.tsx'
import { ConnectionBanner } from './connection-banner.tsx'
import { addFiles, emptyTray, type FileTray, removeFile } from './file-tray.ts'
import { MessageList } from './message-list.tsx'
import type { Outbox } from './outbox.ts'
import { type Connection, useChat } from './use-chat.ts'
import { useDropZone } from './use-drop-zone.ts'
import './chat-view.css'

/** Longer answers are announced by their beginning; the rest is a swipe away. */
const maxAnnounced = 600

/** One chat: its messages, what is on its way, and the place to write. */
export function ChatView(props: {
  readonly chatId: string
  readonly outbox: Outbox
  readonly onConnection: (connection: Connection) => void
  /** Something was said: the id of the newest message. */
  readonly onActivity: (messageId: string) => void
}) {
  const { chatId, outbox, onConnection, onActivity } = props
  const chat = useChat(chatId, outbox)
  const all = useSyncExternalStore(outbox.subscribe, outbox.entries)
  const entries = useMemo(
    () => all.filter((entry) => entry.chatId === chatId && !entry.isSeen),
    [all, chatId],
  )
  const [tray, setTray] = useState<FileTray>(emptyTray)
  const zone = useRef<HTMLDivElement>(null)
  const attach = (added: readonly File[]) => setTray((had) => addFiles(had.files, added))
  const isDropping = useDropZone(zone, attach)
  const states = activeStates(chat.state)
  const newest = chat.state.messages.at(-1)?.id

  useEffect(() => {
    if (newest !== undefined) onActivity(newest)
  }, [newest, onActivity])
  useEffect(() => onConnection(chat.connection), [chat.connection, onConnection])
  useUnreadTitle(chat.arrival?.id)

  return (
    <div className="chat-view" ref={zone}>
      <ConnectionBanner connection={chat.connection} onRetry={chat.reconnect} />
      <MessageList
        chat={chat}
        entries={entries}
        isWorking={chat.state.typing.length > 0 || states.includes('running')}
        onPress={(data) => press(chatId, data)}
        onRetry={(key) => outbox.retry(key)}
        onDiscard={(key) => outbox.discard(key)}
      />
      <Composer
        chatId={chatId}
        tray={tray}
        onAttach={attach}
        onDetach={(file) => setTray((had) => removeFile(had.files, file))}
        isRunning={states.length > 0}
        onSend={(text) => {
          outbox.add(chatId, text, tray.files)
          setTray(emptyTray)
        }}
        onStop={() => outbox.add(chatId, '/stop', [], true)}
      />
      {isDropping && <div className="chat-view-drop">Drop files to attach them</div>}
      <p className="off-screen" role="status">
        {chat.arrival && `Jackdaw: ${chat.arrival.text.slice(0, maxAnnounced)}`}
      </p>
    </div>
  )
}

/** Marks the page's title while an answer waits in a tab nobody looks at. */
function useUnreadTitle(arrivalId: string | undefined): void {
  useEffect(() => {
    if (arrivalId === undefined || document.visibilityState === 'visible') return
    document.title = '(new) Jackdaw'
    const reset = () => {
      document.title = 'Jackdaw'
    }
    document.addEventListener('visibilitychange', reset, { once: true })
    return () => {
      document.removeEventListener('visibilitychange', reset)
      reset()
    }
  }, [arrivalId])
}
