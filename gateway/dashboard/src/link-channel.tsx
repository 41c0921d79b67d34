import { Button } from '@mantine/core'
import { useState } from 'react'
import { linkChannel } from './api.ts'
import { ApiError } from './api-call.ts'
import './link-channel.css'

/** Links a channel's account with a phone: a button, then the code to scan. It goes once the channel is up. */
export function LinkChannel({ name }: { readonly name: string }) {
  const [picture, setPicture] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)

  const onClick = async () => {
    setBusy(true)
    setProblem(null)
    try {
      const svg = await linkChannel(name)
      setPicture(`data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`)
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : 'The gateway did not answer.')
    } finally {
      setBusy(false)
    }
  }

  return (
    <div className="link-channel">
      {picture !== null && (
        <>
          <img className="link-code" src={picture} alt={`QR code that links ${name}`} />
          <p className="status-detail">
            On your phone: Signal → Settings → Linked devices → Link new device. The code is good
            for a minute or two.
          </p>
        </>
      )}
      {problem !== null && <p className="status-detail">{problem}</p>}
      <Button size="compact-sm" variant="light" loading={isBusy} onClick={() => void onClick()}>
        {picture === null ? 'Link with a phone' : 'New code'}
      </Button>
    </div>
  )
}
