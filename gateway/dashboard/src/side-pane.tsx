import { Loader } from '@mantine/core'
import { lazy, Suspense } from 'react'
import type { Questions } from './api-questions.ts'
import { PaneBoundary } from './pane-boundary.tsx'
import type { Polled } from './use-polled.ts'
import type { Route } from './use-route.ts'

// Whoever only chats does not wait for these.
const QuestionsPane = lazy(async () => ({
  default: (await import('./questions/questions-pane.tsx')).QuestionsPane,
}))
const JobsPane = lazy(async () => ({ default: (await import('./jobs/jobs-pane.tsx')).JobsPane }))
const UsagePane = lazy(async () => ({
  default: (await import('./usage/usage-pane.tsx')).UsagePane,
}))

/** What the page shows beside chats, loaded when it is first looked at. */
export function SidePane(props: {
  readonly is: Exclude<Route['is'], 'chat'>
  readonly questions: Polled<Questions>
}) {
  const { is, questions } = props
  return (
    <PaneBoundary key={is}>
      <Suspense
        fallback={
          <div className="chat-page-loading" role="status" aria-label="Loading">
            <Loader type="dots" />
          </div>
        }
      >
        {is === 'questions' && <QuestionsPane questions={questions} />}
        {is === 'jobs' && <JobsPane />}
        {is === 'usage' && <UsagePane />}
      </Suspense>
    </PaneBoundary>
  )
}
