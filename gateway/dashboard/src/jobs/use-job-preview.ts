import { useEffect, useState } from 'react'
import { type JobPreview, previewJob } from '../api-jobs.ts'
import { explain } from '../explain.ts'
import { draftOf, type JobFields } from './draft-of.ts'

const quietMs = 300

/** What a job in the making comes to, or why it comes to nothing; null while nothing is said about when. */
export type Preview = JobPreview | { readonly problem: string } | null

/** Asks the gateway what it makes of the form, once nobody has typed for a moment. */
export function useJobPreview(fields: JobFields): Preview {
  const [preview, setPreview] = useState<Preview>(null)
  const { kind, when, agent, target } = fields
  useEffect(() => {
    if (when.trim() === '') {
      setPreview(null)
      return
    }
    const end = new AbortController()
    // When does not depend on what is said; something has to be.
    const draft = draftOf({ kind, when, agent, target, text: 'preview' })
    const timer = setTimeout(() => {
      previewJob(draft, end.signal).then(setPreview, (error: unknown) => {
        if (!end.signal.aborted) setPreview({ problem: explain(error) })
      })
    }, quietMs)
    return () => {
      clearTimeout(timer)
      end.abort()
    }
  }, [kind, when, agent, target])
  return preview
}
