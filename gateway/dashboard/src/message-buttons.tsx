import { Button } from '@mantine/core'
import { useState } from 'react'
import type { PressButton } from './api.ts'
import { ApiError } from './api-call.ts'

/** The buttons under a message. A press stays pressed until the gateway replaces the message. */
export function MessageButtons(props: {
  readonly rows: readonly (readonly PressButton[])[]
  readonly onPress: (data: string) => Promise<void>
}) {
  const [pressed, setPressed] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  if (props.rows.length === 0) return null

  const onClick = async (data: string) => {
    setPressed(data)
    setProblem(null)
    try {
      await props.onPress(data)
    } catch (error) {
      setPressed(null)
      setProblem(
        error instanceof ApiError
          ? error.message
          : 'That did not reach the gateway. Press again when the connection is back.',
      )
    }
  }

  return (
    <div className="message-buttons">
      {props.rows.map((row) => (
        <div key={row.map((button) => button.data).join()} className="message-button-row">
          {row.map((button) => (
            <Button
              key={button.data}
              size="sm"
              variant="light"
              loading={pressed === button.data}
              disabled={pressed !== null && pressed !== button.data}
              onClick={() => void onClick(button.data)}
            >
              {button.label}
            </Button>
          ))}
        </div>
      ))}
      {problem !== null && (
        <p className="message-bad" role="alert">
          {problem}
        </p>
      )}
    </div>
  )
}
