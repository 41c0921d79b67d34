import './message-item.css'

/** The answer as far as it is written, with what the agent does beside it; three dots before its first word. */
export function LiveAnswer(props: { readonly text: string; readonly steps: readonly string[] }) {
  return (
    <article className="message message-agent" aria-label="Jackdaw is writing">
      <div className="message-bubble">
        {props.text === '' ? (
          <div className="message-dots">
            <span />
            <span />
            <span />
          </div>
        ) : (
          <p className="message-text message-growing">{props.text}</p>
        )}
        {props.steps.length > 0 && <p className="message-steps">{props.steps.join('\n')}</p>}
      </div>
    </article>
  )
}
