import {
  type Answer,
  type Call,
  createPoll,
  done,
  listOf,
  reachable,
  react,
  requireFields,
  single,
  trust,
  type,
} from './signal-acts.ts'
import { contactEntry, groupEntry, identityEntry, sniff } from './signal-entries.ts'
import { bad, badRequest, RestFailure } from './signal-failure.ts'
import { sendMessage } from './signal-send.ts'
import type { SignalWorld } from './signal-world.ts'

type Route = {
  readonly method: string
  /** `{number}` is the account, `{}` anything else. */
  readonly path: string
  /** The body's definition in the swagger document. */
  readonly body?: string
  /** Whether it works without signal-cli. */
  readonly isLocal?: boolean
  readonly act: (call: Call) => Answer
}

const ok = (body: unknown): Answer => ({ status: 200, body })

/** Everything the REST API does for an account that exists; about, accounts, links and receiving are the server's. */
export const signalRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v2/send',
    body: 'api.SendMessageV2',
    act: ({ state, body, answers }) => {
      const { timestamp, failures } = sendMessage(state, body)
      const recipients = failures.map(({ to, reason }) => ({
        ...(to.number ? { number: to.number } : {}),
        uuid: to.uuid,
        reason,
      }))
      const errors = recipients.length > 0 ? { errors: { recipients } } : {}
      const result = { timestamp: String(timestamp) }
      // Builds that answer with an object drop the failures.
      return { status: 201, body: answers === 'object' ? result : [{ ...result, ...errors }] }
    },
  },
  {
    method: 'PUT',
    path: '/v1/typing-indicator/{number}',
    body: 'api.TypingIndicatorRequest',
    act: (call) => type(call, true),
  },
  {
    method: 'DELETE',
    path: '/v1/typing-indicator/{number}',
    body: 'api.TypingIndicatorRequest',
    act: (call) => type(call, false),
  },
  {
    method: 'POST',
    path: '/v1/reactions/{number}',
    body: 'api.SendReactionRequest',
    act: (call) => react(call, false),
  },
  {
    method: 'DELETE',
    path: '/v1/reactions/{number}',
    body: 'api.RemoveReactionRequest',
    act: (call) => react(call, true),
  },
  {
    method: 'POST',
    path: '/v1/receipts/{number}',
    body: 'api.Receipt',
    act: ({ state, body }) => {
      requireFields(body, ['recipient'])
      if (!['read', 'viewed'].includes(String(body['receipt_type'])))
        throw badRequest('receipt type must be read or viewed')
      requireFields(body, ['timestamp'])
      const recipient = String(body['recipient'])
      single(state, recipient)
      const timestamp = Number(body['timestamp'])
      if (!state.world.knows(recipient, timestamp))
        state.report(`a receipt for a message that does not exist: ${recipient}/${timestamp}`)
      state.world.receipts.push({ recipient, type: String(body['receipt_type']), timestamp })
      return done
    },
  },
  {
    method: 'DELETE',
    path: '/v1/remote-delete/{number}',
    body: 'api.RemoteDeleteRequest',
    act: ({ state, body }) => {
      reachable(state, String(body['recipient'] ?? ''))
      const target = Number(body['timestamp'])
      const sent = state.world.sent.find((one) => one.timestamp === target)
      if (sent) sent.isDeleted = true
      else state.report(`a deletion of ${target}, which is no message of the account`)
      return { status: 201, body: { timestamp: String(state.world.timestamp()) } }
    },
  },
  {
    method: 'GET',
    path: '/v1/groups/{number}',
    act: ({ state, query }) => ok(state.world.groups.map((one) => groupEntry(one, query))),
  },
  {
    method: 'GET',
    path: '/v1/groups/{number}/{}',
    act: ({ state, parameters, query }) => {
      const group = state.world.groups.find(({ id }) => id === parameters[1])
      return ok(group ? groupEntry(group, query) : null)
    },
  },
  {
    method: 'GET',
    path: '/v1/contacts/{number}',
    act: ({ state }) => ok(state.world.people.map(contactEntry)),
  },
  {
    method: 'GET',
    path: '/v1/contacts/{number}/{}',
    act: ({ state, parameters: [, id = ''] }) => {
      const found = state.world.find(id)
      if (!found) throw new RestFailure(404, `No user with that id (${id}) found`)
      return ok(contactEntry(found))
    },
  },
  {
    method: 'PUT',
    path: '/v1/contacts/{number}',
    body: 'api.UpdateContactRequest',
    act: ({ state, body }) => {
      requireFields(body, ['recipient'])
      state.world.contactUpdates.push(body)
      return done
    },
  },
  {
    method: 'GET',
    path: '/v1/identities/{number}',
    act: ({ state }) => ok(state.world.people.map(identityEntry)),
  },
  {
    method: 'PUT',
    path: '/v1/identities/{number}/trust/{}',
    body: 'api.TrustIdentityRequest',
    act: trust,
  },
  {
    method: 'POST',
    path: '/v1/accounts/{number}/rate-limit-challenge',
    body: 'api.RateLimitChallengeRequest',
    act: ({ state, body }) => {
      if (!body['challenge_token']) throw badRequest('challenge token missing')
      if (!body['captcha']) throw badRequest('captcha missing')
      const isKnown = state.limit?.includes(String(body['challenge_token']))
      if (!isKnown || !String(body['captcha']).startsWith('signalcaptcha://'))
        throw bad(
          'Captcha rejected, it may be outdated, already used or solved from a different IP address.',
        )
      state.limit = undefined
      return done
    },
  },
  {
    method: 'POST',
    path: '/v1/polls/{number}',
    body: 'api.CreatePollRequest',
    act: createPoll,
  },
  {
    method: 'POST',
    path: '/v1/polls/{number}/vote',
    body: 'api.VoteRequest',
    act: ({ state, body }) => {
      const answers = listOf(body['selected_answers']).map(Number)
      if (answers.some((one) => one <= 0))
        throw bad('Invalid index in selected_answers specified, index needs to be >= 1!')
      const timestamp = Number(body['poll_timestamp'])
      state.world.votes.push({ recipient: String(body['recipient']), timestamp, answers })
      return done
    },
  },
  {
    method: 'DELETE',
    path: '/v1/polls/{number}',
    body: 'api.ClosePollRequest',
    act: ({ state, body }) => {
      reachable(state, String(body['recipient'] ?? ''))
      const poll = state.world.findSent(Number(body['poll_timestamp']))?.poll
      if (poll) poll.isClosed = true
      else state.report(`no poll to close: ${body['poll_timestamp']}`)
      return done
    },
  },
  {
    method: 'PUT',
    path: '/v1/profiles/{number}',
    body: 'api.UpdateProfileRequest',
    act: ({ state, body }) => {
      if (!body['name']) throw badRequest('profile name missing')
      state.world.self.name = String(body['name'])
      return done
    },
  },
  {
    method: 'GET',
    path: '/v1/attachments',
    isLocal: true,
    act: ({ state }) => ok([...state.world.files.keys()]),
  },
  {
    method: 'GET',
    path: '/v1/attachments/{}',
    isLocal: true,
    act: ({ state, parameters }) => {
      const { content } = fileOf(state.world, parameters)
      return { status: 200, bytes: content, type: sniff(content) }
    },
  },
  {
    method: 'DELETE',
    path: '/v1/attachments/{}',
    isLocal: true,
    act: ({ state, parameters }) => {
      fileOf(state.world, parameters)
      state.world.files.delete(parameters[0] ?? '')
      return done
    },
  },
]

function fileOf(world: SignalWorld, [id = '']: readonly string[]): { readonly content: Buffer } {
  const file = world.files.get(id)
  if (!file) throw new RestFailure(404, 'No attachment with that name found')
  return file
}
