import { Popover, UnstyledButton } from '@mantine/core'
import { useEffect, useState } from 'react'
import { type ChannelState, type ChannelStatus, fetchStatus, type Status } from './api.ts'
import { formatAge } from './format.ts'
import { LinkChannel } from './link-channel.tsx'
import './status-badge.css'

const pollMs = 30_000

type Health = 'good' | 'warn' | 'bad' | 'unknown'

const channelWords: Readonly<Record<ChannelState, readonly [Health, string]>> = {
  starting: ['warn', 'starting'],
  up: ['good', 'connected'],
  retrying: ['warn', 'reconnecting'],
  failed: ['bad', 'failed'],
  off: ['unknown', 'off'],
}

/** How the gateway is, in a word; a popover tells about agent, channels and queue. */
export function StatusBadge(props: { readonly isReachable: boolean }) {
  const [answer, setStatus] = useState<Status | null>(null)
  const [isOpen, setOpen] = useState(false)

  const { isReachable } = props
  const status = isReachable ? answer : null

  useEffect(() => {
    if (!isReachable) return
    let timer: number | undefined
    let isGone = false
    // One question at a time: the next one is asked a while after the answer.
    const ask = async () => {
      if (document.visibilityState === 'visible')
        await fetchStatus().then(setStatus, () => setStatus(null))
      if (!isGone) timer = window.setTimeout(ask, isOpen ? pollMs / 10 : pollMs)
    }
    void ask()
    return () => {
      isGone = true
      window.clearTimeout(timer)
    }
  }, [isOpen, isReachable])

  const [health, word] = judge(status)
  return (
    <Popover
      opened={isOpen}
      onChange={setOpen}
      position="bottom-end"
      shadow="md"
      width={320}
      trapFocus
    >
      <Popover.Target>
        <UnstyledButton
          className="status-badge"
          aria-label={`Gateway status: ${word}`}
          onClick={() => setOpen(!isOpen)}
        >
          <span className={`status-dot status-${health}`} />
          <span>{word}</span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown className="status-card" aria-label="Gateway status">
        {status === null ? (
          <p className="status-detail">
            The gateway does not answer. The page keeps trying; look whether Jackdaw is running.
          </p>
        ) : (
          <Details status={status} />
        )}
      </Popover.Dropdown>
    </Popover>
  )
}

function Details({ status }: { readonly status: Status }) {
  const { agent, queue, channels } = status
  return (
    <>
      <section>
        <h2 className="status-heading">Agent</h2>
        <p className="status-line">
          <strong>{agent.name}</strong>
          <span className="status-detail">{agent.runtime}</span>
        </p>
        {agent.detail && <p className="status-detail">{agent.detail}</p>}
        {agent.hint && <p className="status-detail">{agent.hint}</p>}
      </section>
      <section>
        <h2 className="status-heading">Channels</h2>
        <ul className="status-list">
          {Object.entries(channels).map(([name, channel]) => (
            <Channel key={name} name={name} channel={channel} />
          ))}
        </ul>
      </section>
      <section>
        <h2 className="status-heading">Queue</h2>
        <p className="status-detail">{formatQueue(queue.depth, queue.oldestMs)}</p>
      </section>
      <p className="status-version">Jackdaw {status.version}</p>
    </>
  )
}

function Channel(props: { readonly name: string; readonly channel: ChannelStatus }) {
  const { state, since, detail, canLink } = props.channel
  const [health, word] = channelWords[state]
  const age = since === null ? '' : `, ${formatAge(Date.now() - new Date(since).getTime())}`
  return (
    <li>
      <p className="status-line">
        <span className={`status-dot status-${health}`} />
        <strong>{props.name}</strong>
        <span className="status-detail">
          {word}
          {age}
        </span>
      </p>
      {detail && <p className="status-detail status-indent">{detail}</p>}
      {canLink && state !== 'up' && <LinkChannel name={props.name} />}
    </li>
  )
}

function judge(status: Status | null): readonly [Health, string] {
  if (status === null) return ['unknown', 'No answer']
  const states = Object.values(status.channels).map((channel) => channel.state)
  if (states.includes('failed')) return ['bad', 'Needs a look']
  if (states.includes('retrying')) return ['warn', 'Reconnecting']
  if (states.includes('starting')) return ['warn', 'Starting']
  if (status.agent.hint) return ['warn', 'Needs a model']
  return ['good', 'All well']
}

function formatQueue(depth: number, oldestMs: number | null): string {
  if (depth === 0) return 'Nothing is waiting.'
  const what = depth === 1 ? '1 message is waiting' : `${depth} messages are waiting`
  return oldestMs === null || oldestMs < 60_000
    ? `${what}.`
    : `${what}, the oldest for ${formatAge(oldestMs)}.`
}
