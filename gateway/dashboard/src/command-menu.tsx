import type { Command } from './commands.ts'
import './command-menu.css'

/** The commands that match what is typed. Focus stays in the text; the keyboard moves `activeIndex`. */
export function CommandMenu(props: {
  readonly id: string
  readonly commands: readonly Command[]
  readonly activeIndex: number
  readonly onPick: (command: Command) => void
}) {
  return (
    <div className="command-menu" role="listbox" id={props.id} aria-label="Commands">
      {props.commands.map((command, index) => (
        <div
          key={command.name}
          id={`${props.id}-${index}`}
          className="command-menu-item"
          role="option"
          tabIndex={-1}
          aria-selected={index === props.activeIndex}
          onPointerDown={(event) => {
            event.preventDefault()
            props.onPick(command)
          }}
        >
          <span className="command-menu-name">{command.name}</span>
          <span className="command-menu-text">{command.description}</span>
        </div>
      ))}
    </div>
  )
}
