import { useId, useState } from 'react'
import { type Approval, answerApproval } from '../api-approvals.ts'
import type { Conversation } from '../api-conversations.ts'
import { explain } from '../explain.ts'
import { placeOf } from '../place-of.ts'
import { choicesOf } from './choices-of.ts'
import { QuestionButtons } from './question-buttons.tsx'
import { TimeLeft } from './time-left.tsx'
import { WordsField } from './words-field.tsx'

/** One question: who asks what and where, how long it is open, and the ways to answer. */
export function QuestionCard(props: {
  readonly question: Approval
  readonly chats: readonly Conversation[]
  /** It is over; the words say how. */
  readonly onDone: (words: string) => Promise<void>
}) {
  const { question, onDone } = props
  const [sending, setSending] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const titleId = useId()
  const where = placeOf(question, props.chats)

  const onAnswer = async (answer: string, label: string) => {
    setSending(answer)
    setProblem(null)
    try {
      await answerApproval(question.id, answer)
      await onDone(`Answered: ${label}`)
    } catch (error) {
      setProblem(explain(error))
      setSending(null)
    }
  }

  return (
    <article className="pane-card" aria-labelledby={titleId}>
      <header className="question-head">
        <span>
          <strong>{question.agent}</strong>{' '}
          {question.kind === 'permission' ? 'asks for permission' : 'asks'}
          {where.href === null ? (
            ` ${where.words}`
          ) : (
            <>
              {' '}
              <a href={where.href}>{where.words}</a>
            </>
          )}
        </span>
        <TimeLeft until={question.expiresAt} />
      </header>
      <h3 className="question-title" id={titleId}>
        {question.title}
      </h3>
      {question.detail !== null && question.detail !== '' && (
        <pre className="question-detail">{question.detail}</pre>
      )}
      <QuestionButtons
        choices={choicesOf(question)}
        sending={sending}
        onChoose={(choice) => void onAnswer(choice.answer, choice.label)}
      />
      {question.grant !== null && (
        <p className="pane-hint">
          Always: <code>{question.grant}</code>, for the rest of this session.
        </p>
      )}
      {question.kind === 'question' && question.takesText && (
        <WordsField
          label={question.options.length === 0 ? 'Your answer' : 'Or in your own words'}
          isBusy={sending !== null}
          onSend={(words) => void onAnswer(words, words)}
        />
      )}
      {problem !== null && (
        <p className="pane-bad" role="alert">
          {problem}
        </p>
      )}
    </article>
  )
}
