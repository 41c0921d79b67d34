import { UnstyledButton } from '@mantine/core'
import { IconCalendarTime, IconChartBar, IconHelpCircle } from '@tabler/icons-react'
import type { Route } from './use-route.ts'
import './side-entries.css'

const entries = [
  { is: 'questions', label: 'Questions', Icon: IconHelpCircle },
  { is: 'jobs', label: 'Jobs', Icon: IconCalendarTime },
  { is: 'usage', label: 'Usage', Icon: IconChartBar },
] as const

/** The way to everything that is not a chat, with how many questions wait for an answer. */
export function SideEntries(props: {
  readonly open: Route['is']
  readonly questions: number
  readonly onOpen: () => void
}) {
  return (
    <ul className="side-entries">
      {entries.map(({ is, label, Icon }) => (
        <li key={is}>
          <UnstyledButton
            component="a"
            href={`#/${is}`}
            className="side-entry"
            aria-current={is === props.open ? 'page' : undefined}
            onClick={props.onOpen}
          >
            <Icon size={18} aria-hidden />
            <span className="side-entry-label">{label}</span>
            {is === 'questions' && props.questions > 0 && (
              <span className="side-entry-count">
                {props.questions}
                <span className="off-screen"> open</span>
              </span>
            )}
          </UnstyledButton>
        </li>
      ))}
    </ul>
  )
}
