import type { HeartbeatAnswer, HeartbeatAnswers } from '../store/heartbeats.ts'
import type { Tool } from './tool-call.ts'
import { ToolError } from './tool-error.ts'

/** Keeps the answer to a check-in; a later one takes its place. Only a run that is a check-in has one. */
export function heartbeatRespond(heartbeats: HeartbeatAnswers): Tool<HeartbeatAnswer> {
  return async ({ standing }, { notify, text }) => {
    const { run } = standing
    const isKept =
      run.source === 'heartbeat' && (await heartbeats.respond(run.id, { notify, text }))
    if (!isKept) throw new ToolError('This turn is no heartbeat. Answer as usual.')
    return {
      text: notify ? 'The owner will be told.' : 'Noted: nothing to tell.',
      target: 'heartbeat',
      outcome: notify ? 'alert' : 'quiet',
    }
  }
}
