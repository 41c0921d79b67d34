import type { Call, CallOptions, DiscordApi } from './api.ts'
import type { DiscordInteraction } from './payload.ts'

const deferAnswer = 5
const acknowledgeUpdate = 6
const ephemeral = 64

/**
 * Tells Discord that somebody's press or command was heard: it waits three seconds for that, so it does not wait for
 * the store. A command gets a note that only its author sees; `dismiss` takes it away, since the answer comes as a
 * message of its own. Never rejects: what was done counts also when its sign came too late.
 */
export function acknowledge(
  api: DiscordApi,
  interaction: DiscordInteraction,
  kind: 'press' | 'command',
  applicationId: string,
  limits: CallOptions,
): { readonly dismiss: () => Promise<void> } {
  const { id, token, application_id = applicationId } = interaction
  const secret = encodeURIComponent(token)
  const quietly = async (call: Call) => {
    await api.call(call, limits).catch(() => undefined)
  }
  const body =
    kind === 'press'
      ? { type: acknowledgeUpdate }
      : { type: deferAnswer, data: { flags: ephemeral } }
  const path = `/interactions/${id}/${secret}/callback`
  const acknowledged = quietly({ method: 'POST', path, body })
  const note = `/webhooks/${application_id}/${secret}/messages/@original`
  return { dismiss: () => acknowledged.then(() => quietly({ method: 'DELETE', path: note })) }
}
