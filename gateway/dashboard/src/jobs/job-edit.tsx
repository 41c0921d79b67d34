import { Button, NativeSelect, Textarea, TextInput } from '@mantine/core'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import type { Conversation } from '../api-conversations.ts'
import { editJob, type Job } from '../api-jobs.ts'
import { explain } from '../explain.ts'
import { changeOf, fieldsOf } from './change-of.ts'
import { JobPreviewBox } from './job-preview-box.tsx'
import { listTargets } from './list-targets.ts'
import { useAgents } from './use-agents.ts'

const maxName = 60
const maxText = 20_000
const maxWhen = 200

/** Where a planned job is changed. What is left as it was stays, and so does its time when nothing is said about it. */
export function JobEdit(props: {
  readonly job: Job
  readonly chats: readonly Conversation[]
  readonly onSaved: (words: string) => Promise<void>
  readonly onCancel: () => void
}) {
  const { job } = props
  const [fields, setFields] = useState(() => fieldsOf(job))
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const agents = useAgents()
  const name = useRef<HTMLInputElement>(null)
  const set = (change: Partial<typeof fields>) => setFields((had) => ({ ...had, ...change }))
  const targets = listTargets(props.chats, fields.kind, job.target)
  const change = changeOf(job, fields)
  const words = { message: 'Message', agent: 'What the agent is to do', module: 'For the module' }

  useEffect(() => name.current?.focus(), [])

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setProblem(null)
    try {
      const saved = await editJob(job.id, change)
      await props.onSaved(`Changed: ${saved.name}, ${saved.description}`)
    } catch (error) {
      setProblem(explain(error))
      setBusy(false)
    }
  }

  return (
    <form
      className="job-form"
      aria-label={`Change ${job.name}`}
      onSubmit={(event) => void submit(event)}
    >
      <TextInput
        ref={name}
        label="Name"
        required
        maxLength={maxName}
        autoComplete="off"
        value={fields.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      <Textarea
        label={words[job.kind]}
        required={job.kind !== 'module'}
        rows={3}
        maxLength={maxText}
        value={fields.text}
        onChange={(event) => set({ text: event.currentTarget.value })}
      />
      {job.kind !== 'message' && agents.length > 1 && (
        <NativeSelect
          label="Agent"
          data={[...agents]}
          value={fields.agent}
          onChange={(event) => set({ agent: event.currentTarget.value })}
        />
      )}
      <TextInput
        label="When"
        description={`Empty: as it is, ${job.description}. In words or as cron, it counts from now on.`}
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
        <Button type="submit" loading={isBusy} disabled={Object.keys(change).length === 0}>
          Save
        </Button>
        <Button variant="default" onClick={props.onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  )
}
