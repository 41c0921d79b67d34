import { Button, NativeSelect, SegmentedControl, Textarea, TextInput } from '@mantine/core'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import type { Conversation } from '../api-conversations.ts'
import { addJob } from '../api-jobs.ts'
import { explain } from '../explain.ts'
import { draftOf, type JobFields } from './draft-of.ts'
import { JobPreviewBox } from './job-preview-box.tsx'
import { listTargets } from './list-targets.ts'
import { useAgents } from './use-agents.ts'

const kinds = [
  { value: 'message', label: 'A message' },
  { value: 'agent', label: 'A turn of an agent' },
]
const empty: JobFields = { kind: 'message', text: '', when: '', agent: '', target: 'owner' }
const maxText = 20_000
const maxWhen = 200

/** Where a job is planned. What is typed about the time shows at once what it comes to. */
export function JobForm(props: {
  readonly chats: readonly Conversation[]
  readonly onAdded: (words: string) => Promise<void>
  readonly onCancel: () => void
}) {
  const [fields, setFields] = useState(empty)
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const agents = useAgents()
  const text = useRef<HTMLTextAreaElement>(null)
  const set = (change: Partial<JobFields>) => setFields((had) => ({ ...had, ...change }))
  const isMessage = fields.kind === 'message'
  const targets = listTargets(props.chats, fields.kind)
  const draft = draftOf(fields)

  useEffect(() => text.current?.focus(), [])

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setProblem(null)
    try {
      const job = await addJob(draft)
      await props.onAdded(`Planned: ${job.name}, ${job.description}`)
    } catch (error) {
      setProblem(explain(error))
      setBusy(false)
    }
  }

  return (
    <form
      className="pane-card job-form"
      aria-label="New job"
      onSubmit={(event) => void submit(event)}
    >
      <SegmentedControl
        className="job-kind"
        aria-label="What"
        data={kinds}
        value={fields.kind}
        onChange={(kind) => {
          const isLost = kind === 'message' && fields.target === 'none'
          set({ kind: kind === 'agent' ? 'agent' : 'message', ...(isLost && { target: 'owner' }) })
        }}
      />
      <Textarea
        ref={text}
        label={isMessage ? 'Message' : 'What the agent is to do'}
        required
        rows={3}
        maxLength={maxText}
        value={fields.text}
        onChange={(event) => set({ text: event.currentTarget.value })}
      />
      {!isMessage && agents.length > 1 && (
        <NativeSelect
          label="Agent"
          data={[{ value: '', label: 'The one of the chat' }, ...agents]}
          value={fields.agent}
          onChange={(event) => set({ agent: event.currentTarget.value })}
        />
      )}
      <TextInput
        label="When"
        description="In words, such as “every weekday at 8” or “in 20 minutes”, or as cron: 0 8 * * 1-5"
        required
        maxLength={maxWhen}
        autoComplete="off"
        value={fields.when}
        onChange={(event) => set({ when: event.currentTarget.value })}
      />
      <JobPreviewBox fields={fields} />
      <NativeSelect
        label="Where to"
        data={targets}
        value={fields.target}
        onChange={(event) => set({ target: event.currentTarget.value })}
      />
      {problem !== null && (
        <p className="pane-bad" role="alert">
          {problem}
        </p>
      )}
      <div className="pane-buttons">
        <Button type="submit" loading={isBusy}>
          Plan it
        </Button>
        <Button variant="default" onClick={props.onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  )
}
