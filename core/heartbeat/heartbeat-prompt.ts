import type { Happened } from '../store/heartbeats.ts'
import { heartbeatFileName } from './heartbeat-file.ts'

const maxFileLength = 16_000

/** What an agent is asked at a check-in: the configured prompt, its file, the time, and what happened since the last. */
export function heartbeatPrompt(around: {
  readonly prompt: string
  readonly file: string | undefined
  /** The local time, in words. */
  readonly time: string
  readonly happened: Happened
}): string {
  const { prompt, file, time, happened } = around
  const parts = [prompt, `It is ${time}.`]
  if (file !== undefined) parts.push(`${heartbeatFileName}:\n${file.slice(0, maxFileLength)}`)
  const since = [
    ...(happened.messages > 0 ? [`- messages of your owner: ${happened.messages}`] : []),
    ...happened.results.map((result) => `- result of a job: ${result.replace(/\s+/g, ' ')}`),
  ]
  if (since.length > 0) parts.push(`Since the last check-in:\n${since.join('\n')}`)
  parts.push(
    'This check-in is not a chat: nobody reads along. If you have the tool heartbeat_respond, answer with it: notify true and a short text if your owner should hear something now, else notify false. Without that tool, answer HEARTBEAT_OK if nothing needs attention, or only with what your owner should hear.',
  )
  return parts.join('\n\n')
}
