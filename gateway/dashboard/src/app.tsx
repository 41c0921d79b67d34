import { Button, Loader } from '@mantine/core'
import { useCallback, useEffect, useRef, useState } from 'react'
import { fetchStatus, login, logout } from './api.ts'
import { ApiError, signedOutEvent } from './api-call.ts'
import { ChatPage } from './chat-page.tsx'
import type { Outbox } from './outbox.ts'
import { SignIn } from './sign-in.tsx'
import { takeSignInCode } from './sign-in-code.ts'
import './app.css'

type Session =
  | { readonly is: 'checking' }
  | { readonly is: 'unreachable'; readonly reason: string }
  | { readonly is: 'signed-out'; readonly reason: string | null }
  | { readonly is: 'signed-in' }

const retryMs = 5_000

/** The page: the chat for whoever is signed in, the sign-in card for everyone else. */
export function App(props: { readonly outbox: Outbox; readonly initialCode: string | null }) {
  const { outbox, initialCode } = props
  const [session, setSession] = useState<Session>({ is: 'checking' })
  // A one-time code must be spent once, also where React runs effects twice.
  const unspentCode = useRef(initialCode)

  const check = useCallback(async () => {
    const code = unspentCode.current
    unspentCode.current = null
    const refusal = code === null ? null : await spend(code)
    try {
      await fetchStatus()
      setSession({ is: 'signed-in' })
    } catch (error) {
      if (error instanceof ApiError && error.status === 401)
        setSession({ is: 'signed-out', reason: refusal })
      else setSession({ is: 'unreachable', reason: formatFailure(error) })
    }
  }, [])

  useEffect(() => {
    void check()
    const onHash = () => {
      unspentCode.current = takeSignInCode()
      if (unspentCode.current !== null) void check()
    }
    addEventListener('hashchange', onHash)
    return () => removeEventListener('hashchange', onHash)
  }, [check])

  useEffect(() => {
    const reason = 'Your session has ended. Please sign in again.'
    const onSignedOut = () =>
      setSession((was) => (was.is === 'signed-in' ? { is: 'signed-out', reason } : was))
    addEventListener(signedOutEvent, onSignedOut)
    return () => removeEventListener(signedOutEvent, onSignedOut)
  }, [])

  useEffect(() => {
    if (session.is !== 'unreachable') return
    const timer = setTimeout(check, retryMs)
    return () => clearTimeout(timer)
  }, [session, check])

  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => {
      if (outbox.entries().some((entry) => entry.state === 'sending' || entry.files.length > 0))
        event.preventDefault()
    }
    addEventListener('beforeunload', warn)
    return () => removeEventListener('beforeunload', warn)
  }, [outbox])

  const onSignOut = useCallback(async () => {
    await logout()
    outbox.clear()
    sessionStorage.clear()
    setSession({ is: 'signed-out', reason: null })
  }, [outbox])

  switch (session.is) {
    case 'checking':
      return (
        <div className="app-centre" role="status" aria-label="Loading">
          <Loader type="dots" />
        </div>
      )
    case 'unreachable':
      return (
        <main className="app-centre">
          <h1 className="app-title">The gateway does not answer</h1>
          <p className="app-text" role="alert">
            {session.reason} The page keeps trying. If this lasts, look whether Jackdaw is running
            on its machine.
          </p>
          <Button variant="default" onClick={() => void check()}>
            Try now
          </Button>
        </main>
      )
    case 'signed-out':
      return <SignIn reason={session.reason} onSignedIn={() => setSession({ is: 'signed-in' })} />
    case 'signed-in':
      return <ChatPage outbox={outbox} onSignOut={onSignOut} />
  }
}

/** Signs in with the code of a link; the answer is what to tell if that fails. */
async function spend(code: string): Promise<string | null> {
  try {
    await login({ code })
    return null
  } catch (error) {
    if (error instanceof ApiError && error.status === 429)
      return 'Too many tries. Wait a minute, then sign in with your token.'
    return 'This sign-in link has expired or was used before. Sign in with your token, or make a new link.'
  }
}

function formatFailure(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
