import { useId, useState } from 'react'
import { ApiError } from '../api-call.ts'
import { approvePairing, type Pairing, rejectPairing } from '../api-pairing.ts'
import { explain } from '../explain.ts'
import { formatMoment, formatWhen } from '../format.ts'
import type { Choice } from './choices-of.ts'
import { QuestionButtons } from './question-buttons.tsx'
import { TimeLeft } from './time-left.tsx'

/** In the words of the buttons that an owner is asked with in a chat. */
const choices: readonly Choice[] = [
  { answer: 'allow', label: 'Allow', look: 'first' },
  { answer: 'deny', label: 'Deny', look: 'no' },
]

/** A stranger who wants to talk to the agent: who that is, what letting them in means, and the two answers. */
export function PairingCard(props: {
  readonly pairing: Pairing
  /** It is over; the words say how. */
  readonly onDone: (words: string) => Promise<void>
}) {
  const { onDone } = props
  const { id, channel, sender, senderName, createdAt, expiresAt } = props.pairing
  const [sending, setSending] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const titleId = useId()
  const name = senderName === '' ? sender : senderName
  const askedAt = new Date(createdAt)

  const onChoose = async (answer: string) => {
    setSending(answer)
    setProblem(null)
    try {
      if (answer === 'allow') await approvePairing(id)
      else await rejectPairing(id)
      await onDone(
        answer === 'allow'
          ? `${name} may talk to the agent on ${channel} now.`
          : `${name} on ${channel} is turned down.`,
      )
    } catch (error) {
      if (isTooLate(error))
        return onDone(`Too late: what ${name} asked is decided already, or has expired.`)
      setProblem(explain(error))
      setSending(null)
    }
  }

  return (
    <article className="pane-card" aria-labelledby={titleId}>
      <header className="question-head">
        <span>
          Somebody new on <strong>{channel}</strong>, asked{' '}
          <time dateTime={createdAt} title={formatMoment(askedAt)}>
            {formatWhen(askedAt, new Date())}
          </time>
        </span>
        <TimeLeft until={expiresAt} />
      </header>
      <h3 className="question-title" id={titleId}>
        {name} wants to talk to the agent
      </h3>
      <p className="pane-hint">
        {name !== sender && 'The name is their own choice. '}
        Their id on {channel} is <code>{sender}</code>. Allow: what they write in their direct chat
        is answered from then on. Deny: they are not answered, and can ask again.
      </p>
      <QuestionButtons
        choices={choices}
        sending={sending}
        onChoose={({ answer }) => void onChoose(answer)}
      />
      {problem !== null && (
        <p className="pane-bad" role="alert">
          {problem}
        </p>
      )}
    </article>
  )
}

function isTooLate(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 404 || error.status === 409)
}
