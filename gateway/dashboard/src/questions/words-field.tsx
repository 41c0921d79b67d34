import { Button, Textarea } from '@mantine/core'
import { useState } from 'react'

const maxLength = 10_000

/** Where an answer is given in words of one's own. Ctrl or Command with Enter sends it. */
export function WordsField(props: {
  readonly label: string
  readonly isBusy: boolean
  readonly onSend: (words: string) => void
}) {
  const [words, setWords] = useState('')
  const said = words.trim()
  const send = () => {
    if (said !== '' && !props.isBusy) props.onSend(said)
  }
  return (
    <form
      className="question-words"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <Textarea
        label={props.label}
        rows={2}
        maxLength={maxLength}
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send()
        }}
      />
      <Button type="submit" variant="light" disabled={said === '' || props.isBusy}>
        Answer
      </Button>
    </form>
  )
}
