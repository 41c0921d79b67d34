import type { JobFields } from './draft-of.ts'
import { useJobPreview } from './use-job-preview.ts'

/** The next times of a job in the making, or what is wrong with it. */
export function JobPreviewBox({ fields }: { readonly fields: JobFields }) {
  const preview = useJobPreview(fields)
  return (
    <div className="job-preview" role="status">
      {preview && 'problem' in preview && <p className="pane-bad">{preview.problem}</p>}
      {preview && 'next' in preview && (
        <>
          <p className="job-when">{preview.description}</p>
          <ol className="job-times">
            {preview.next.map((time) => (
              <li key={time.at}>
                {time.local}
                {time.note !== null && <span className="job-note"> {time.note}</span>}
              </li>
            ))}
          </ol>
        </>
      )}
    </div>
  )
}
