import { Button } from '@mantine/core'
import type { Choice } from './choices-of.ts'

const looks = {
  first: { variant: 'filled' },
  plain: { variant: 'light' },
  no: { variant: 'default' },
} as const

/** The answers to press. While one is on its way, none can be pressed. */
export function QuestionButtons(props: {
  readonly choices: readonly Choice[]
  readonly sending: string | null
  readonly onChoose: (choice: Choice) => void
}) {
  const { choices, sending } = props
  if (choices.length === 0) return null
  return (
    <div className="pane-buttons">
      {choices.map((choice) => (
        <Button
          key={choice.answer}
          {...looks[choice.look]}
          loading={sending === choice.answer}
          disabled={sending !== null && sending !== choice.answer}
          onClick={() => props.onChoose(choice)}
        >
          {choice.label}
        </Button>
      ))}
    </div>
  )
}
