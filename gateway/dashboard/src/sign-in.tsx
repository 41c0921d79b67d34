import { Button, PasswordInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { login } from './api.ts'
import { ApiError } from './api-call.ts'
import { Logo } from './logo.tsx'
import { parseSignInCode } from './sign-in-code.ts'
import './sign-in.css'

/** Asks for the token or a one-time code; a pasted sign-in link does as well. */
export function SignIn(props: { readonly reason: string | null; readonly onSignedIn: () => void }) {
  const [secret, setSecret] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)

  const onSubmit = async (event: FormEvent) => {
    event.preventDefault()
    const typed = secret.trim()
    if (typed === '') return setProblem('Enter your token or a one-time code.')
    setBusy(true)
    setProblem(null)
    try {
      const code = parseSignInCode(typed)
      await login(code === null ? { token: typed } : { code })
      props.onSignedIn()
    } catch (error) {
      setProblem(formatRefusal(error))
      setBusy(false)
    }
  }

  return (
    <main className="sign-in">
      <form className="sign-in-card" onSubmit={onSubmit} aria-labelledby="sign-in-title">
        <Logo size={48} />
        <h1 id="sign-in-title" className="sign-in-title">
          Sign in to Jackdaw
        </h1>
        {props.reason !== null && problem === null && (
          <p className="sign-in-reason" role="alert">
            {props.reason}
          </p>
        )}
        <input
          className="off-screen"
          autoComplete="username"
          defaultValue="jackdaw"
          tabIndex={-1}
          aria-hidden
        />
        <PasswordInput
          className="sign-in-field"
          label="Token or one-time code"
          size="md"
          autoFocus
          autoComplete="current-password"
          spellCheck={false}
          value={secret}
          error={problem}
          errorProps={{ role: 'alert' }}
          onChange={(event) => setSecret(event.currentTarget.value)}
        />
        <Button type="submit" size="md" fullWidth loading={isBusy}>
          Sign in
        </Button>
        <p className="sign-in-hint">
          The token is in the file <code>token</code> in Jackdaw’s data folder, unless your
          configuration sets one. Started in a terminal, Jackdaw also prints a sign-in link.
        </p>
      </form>
    </main>
  )
}

function formatRefusal(error: unknown): string {
  if (!(error instanceof ApiError))
    return 'The gateway cannot be reached. Check that it is running, then try again.'
  if (error.status === 401)
    return 'That is not right. Check for a missing character; one-time codes work once, for ten minutes.'
  if (error.status === 429) {
    const wait = error.retryAfterS === null ? 'a minute' : `${error.retryAfterS} seconds`
    return `Too many tries. Wait ${wait}, then try again.`
  }
  return error.message
}
