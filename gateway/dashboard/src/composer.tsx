import { ActionIcon } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconArrowUp, IconPaperclip, IconPlayerStopFilled } from '@tabler/icons-react'
import {
  type ClipboardEvent,
  type KeyboardEvent,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import { CommandMenu } from './command-menu.tsx'
import { type Command, matchCommands } from './commands.ts'
import { FileChip } from './file-chip.tsx'
import type { FileTray } from './file-tray.ts'
import { useDraft } from './use-draft.ts'
import './composer.css'

/** Where the reader writes: text, files, commands, and the way to stop a running answer. */
export function Composer(props: {
  readonly chatId: string
  readonly tray: FileTray
  readonly isRunning: boolean
  readonly onAttach: (files: readonly File[]) => void
  readonly onDetach: (file: File) => void
  readonly onSend: (text: string) => void
  readonly onStop: () => void
}) {
  const { tray, isRunning } = props
  const [text, setText] = useDraft(props.chatId)
  const [activeIndex, setActive] = useState(0)
  const [isMenuClosed, setMenuClosed] = useState(false)
  const [isStopping, setStopping] = useState(false)
  const isTouch = useMediaQuery('(pointer: coarse)', matchMedia('(pointer: coarse)').matches)
  const area = useRef<HTMLTextAreaElement>(null)
  const picker = useRef<HTMLInputElement>(null)
  const menuId = useId()
  const options = isMenuClosed ? [] : matchCommands(text)
  const canSend = text.trim() !== '' || tray.files.length > 0

  useLayoutEffect(() => fitHeight(area.current, text), [text])
  useEffect(() => {
    // On a phone the keyboard would cover half of what one came to read.
    if (!isTouch) area.current?.focus()
  }, [isTouch])
  useEffect(() => {
    if (!isRunning) setStopping(false)
  }, [isRunning])

  const change = (next: string) => {
    setText(next)
    setActive(0)
    setMenuClosed(false)
  }
  const send = () => {
    if (!canSend) return
    props.onSend(text.trim())
    change('')
    area.current?.focus()
  }
  const pick = (command: Command) => {
    change(command.takesWords ? `${command.name} ` : command.name)
    setMenuClosed(true)
    area.current?.focus()
  }
  const stop = () => {
    setStopping(true)
    props.onStop()
    area.current?.focus()
  }

  const onKeyDown = (event: KeyboardEvent) => {
    // Enter also confirms a word in an input method; that is no order to send.
    if (event.nativeEvent.isComposing) return
    if (options.length > 0 && onMenuKey(event)) return event.preventDefault()
    if (event.key === 'Enter' && !event.shiftKey && !isTouch) {
      event.preventDefault()
      send()
    }
  }
  const onMenuKey = (event: KeyboardEvent): boolean => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) {
      setActive((activeIndex + step + options.length) % options.length)
      return true
    }
    if (event.key === 'Escape') {
      setMenuClosed(true)
      return true
    }
    const chosen = options[activeIndex]
    const picks = event.key === 'Tab' || (event.key === 'Enter' && chosen?.name !== text)
    if (picks && !event.shiftKey && chosen) pick(chosen)
    return picks && !event.shiftKey
  }
  const onPaste = (event: ClipboardEvent) => {
    const files = [...event.clipboardData.files]
    if (files.length === 0) return
    event.preventDefault()
    props.onAttach(files)
  }

  return (
    <div className="composer">
      <form
        className="composer-box"
        onSubmit={(event) => {
          event.preventDefault()
          send()
        }}
      >
        {options.length > 0 && (
          <CommandMenu id={menuId} commands={options} activeIndex={activeIndex} onPick={pick} />
        )}
        {tray.problem !== null && (
          <p className="composer-problem" role="alert">
            {tray.problem}
          </p>
        )}
        {tray.files.length > 0 && (
          <div className="composer-files">
            {tray.files.map((file) => (
              <FileChip
                key={`${file.name} ${file.size} ${file.lastModified}`}
                file={file}
                onRemove={() => props.onDetach(file)}
              />
            ))}
          </div>
        )}
        <div className="composer-row">
          <input
            ref={picker}
            type="file"
            multiple
            hidden
            aria-label="Files to attach"
            onChange={(event) => {
              props.onAttach([...(event.currentTarget.files ?? [])])
              event.currentTarget.value = ''
            }}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            radius="xl"
            size={40}
            aria-label="Attach files"
            onClick={() => picker.current?.click()}
          >
            <IconPaperclip size={20} aria-hidden />
          </ActionIcon>
          <textarea
            ref={area}
            className="composer-text"
            rows={1}
            value={text}
            placeholder="Write a message"
            aria-label="Message"
            aria-autocomplete="list"
            aria-controls={options.length > 0 ? menuId : undefined}
            aria-activedescendant={options.length > 0 ? `${menuId}-${activeIndex}` : undefined}
            enterKeyHint={isTouch ? 'enter' : 'send'}
            onChange={(event) => change(event.currentTarget.value)}
            onKeyDown={onKeyDown}
            onPaste={onPaste}
          />
          {isRunning && (
            <ActionIcon
              variant="default"
              radius="xl"
              size={40}
              aria-label={isStopping ? 'Stopping' : 'Stop the agent'}
              loading={isStopping}
              onClick={stop}
            >
              <IconPlayerStopFilled size={16} aria-hidden />
            </ActionIcon>
          )}
          {(!isRunning || canSend) && (
            <ActionIcon type="submit" radius="xl" size={40} aria-label="Send" disabled={!canSend}>
              <IconArrowUp size={20} aria-hidden />
            </ActionIcon>
          )}
        </div>
      </form>
      {!isTouch && <p className="composer-hint">Enter sends, Shift + Enter starts a new line.</p>}
    </div>
  )
}

/** Lets the field grow with its text up to the height its style sets. */
function fitHeight(area: HTMLTextAreaElement | null, text: string): void {
  if (!area) return
  area.style.height = 'auto'
  if (text !== '') area.style.height = `${area.scrollHeight}px`
}
