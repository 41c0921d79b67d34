import { Loader } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'
import './pane-mantine.css'
import './pane.css'

/** A place of the page that is not a chat: what it shows, scrolling by itself, and what is wrong if anything is. */
export function Pane(props: {
  readonly title: string
  readonly problem: string | null
  /** Nothing has come yet, so there is nothing to show but a problem. */
  readonly isLoading: boolean
  readonly children: ReactNode
}) {
  const { title } = props
  useEffect(() => {
    document.title = `${title} · Jackdaw`
    return () => {
      document.title = 'Jackdaw'
    }
  }, [title])
  return (
    <section className="pane" aria-label={title}>
      <div className="pane-column">
        {props.problem !== null && (
          <p className="pane-problem" role="alert">
            {props.problem}
          </p>
        )}
        {!props.isLoading && props.children}
        {props.isLoading && props.problem === null && (
          <div className="pane-loading" role="status" aria-label="Loading">
            <Loader type="dots" />
          </div>
        )}
      </div>
    </section>
  )
}
