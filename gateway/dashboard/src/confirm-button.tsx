import { Button, Popover } from '@mantine/core'
import { useState } from 'react'
import { explain } from './explain.ts'
import './confirm-button.css'

/** A button that asks once before it does what cannot be undone. */
export function ConfirmButton(props: {
  readonly label: string
  /** The label for those who do not see what it stands beside. */
  readonly name: string
  readonly question: string
  readonly onConfirm: () => Promise<void>
}) {
  const [isOpen, setOpen] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)

  const confirm = async () => {
    setBusy(true)
    setProblem(null)
    try {
      await props.onConfirm()
      setOpen(false)
    } catch (error) {
      setProblem(explain(error))
    } finally {
      setBusy(false)
    }
  }

  return (
    <Popover
      opened={isOpen}
      onChange={setOpen}
      position="bottom-end"
      shadow="md"
      width={272}
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <Button
          variant="default"
          size="sm"
          aria-label={props.name}
          onClick={() => setOpen(!isOpen)}
        >
          {props.label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown className="confirm-card" aria-label={props.name}>
        <p className="confirm-question">{props.question}</p>
        {problem !== null && (
          <p className="confirm-problem" role="alert">
            {problem}
          </p>
        )}
        <div className="confirm-buttons">
          <Button size="sm" variant="default" onClick={() => setOpen(false)}>
            Keep
          </Button>
          <Button size="sm" color="red" loading={isBusy} onClick={() => void confirm()}>
            {props.label}
          </Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  )
}
