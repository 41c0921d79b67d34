import './message-item.css'

/** The answer as far as it is written; three dots before its first word. */
export function LiveAnswer(props: { readonly text: string }) {
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
      </div>
    </article>
  )
}
