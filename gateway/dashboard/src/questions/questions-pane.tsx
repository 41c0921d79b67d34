import { useCallback, useRef, useState } from 'react'
import { type Conversation, fetchConversations } from '../api-conversations.ts'
import { countQuestions, type Questions } from '../api-questions.ts'
import { Pane } from '../pane.tsx'
import { type Polled, usePolled } from '../use-polled.ts'
import { GrantList } from './grant-list.tsx'
import { PairingCard } from './pairing-card.tsx'
import { QuestionCard } from './question-card.tsx'
import './questions.css'

const chatsPollMs = 60_000
const none: readonly Conversation[] = []

/** What agents and strangers ask, with the answers to press, and what was allowed for always. */
export function QuestionsPane(props: { readonly questions: Polled<Questions> }) {
  const { data, problem, reload } = props.questions
  const chats = usePolled(fetchConversations, chatsPollMs)
  const [said, setSaid] = useState('')
  const heading = useRef<HTMLHeadingElement>(null)
  const isEmpty = data !== null && countQuestions(data) === 0

  const onDone = useCallback(
    async (words: string) => {
      setSaid(words)
      await reload()
      // The card that had the focus is gone; without this the next Tab would begin at the top of the page.
      heading.current?.focus()
    },
    [reload],
  )

  return (
    <Pane title="Questions" problem={problem} isLoading={data === null}>
      <section className="pane-part" aria-labelledby="questions-open">
        <h2 className="pane-heading" id="questions-open" ref={heading} tabIndex={-1}>
          {isEmpty ? 'No open questions' : 'Waiting for an answer'}
        </h2>
        <p className={said === '' ? 'off-screen' : 'question-said'} role="status">
          {said}
        </p>
        {isEmpty && (
          <p className="pane-hint">
            When an agent wants to run something or to know something, it asks in the chat that the
            work came from, and here. So do strangers who want to talk to it.
          </p>
        )}
        <ul className="pane-list">
          {data?.approvals.map((question) => (
            <li key={question.id}>
              <QuestionCard question={question} chats={chats.data ?? none} onDone={onDone} />
            </li>
          ))}
          {data?.pairings.map((pairing) => (
            <li key={pairing.id}>
              <PairingCard pairing={pairing} onDone={onDone} />
            </li>
          ))}
        </ul>
      </section>
      <GrantList />
    </Pane>
  )
}
