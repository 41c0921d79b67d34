import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { AnswerPlanner } from '../core/answer-planner.ts'
import type { Asking } from '../core/asking.ts'
import type { Channels } from '../core/channels.ts'
import type { Clock } from '../core/clock.ts'
import type { Dispatcher } from '../core/dispatcher.ts'
import { ChannelError, RequestError } from '../core/errors.ts'
import type { Heartbeat } from '../core/heartbeat/heartbeat.ts'
import type { Address, Reply } from '../core/model.ts'
import type { Outbox } from '../core/outbox.ts'
import type { Renderer } from '../core/renderer.ts'
import type { AgentRuntime } from '../core/runtime-port.ts'
import type { Settings } from '../core/settings.ts'
import type { Store } from '../core/store/store.ts'
import { changeSession } from './change-session.ts'
import type { Actions, Destination, SenderRef } from './http/api-context.ts'

type Parts = {
  readonly store: Store
  readonly clock: Clock
  readonly channels: Channels
  readonly dispatcher: Dispatcher
  readonly heartbeat: Pick<Heartbeat, 'wake'>
  readonly answers: AnswerPlanner
  readonly asking: Asking
  readonly outbox: Outbox
  readonly renderer: Renderer
  readonly settings: () => Settings
  readonly hasAgent: (name: string) => boolean
  readonly runtimeFor: (agent: string) => AgentRuntime | undefined
}

/** What clients of the API may have done: each changes rows, then tells the loops that have to hear of it. */
export function createActions(parts: Parts): Actions {
  const { store, clock, channels, dispatcher, outbox, renderer, settings } = parts

  const accountOf = (channel: string): string => {
    const account = channels.statuses().get(channel)?.account
    if (account !== undefined) return account
    throw channels.adapter(channel)
      ? new RequestError(
          503,
          'channel-down',
          `Channel "${channel}" has not connected yet, so its account is not known.`,
        )
      : new RequestError(
          404,
          'unknown-channel',
          `There is no channel "${channel}". See \`jackdaw channels list\`.`,
        )
  }
  const addressOf = ({ channel, chat, thread }: Destination): Address => {
    const place = { channel, account: accountOf(channel), chat }
    return thread === undefined ? place : { ...place, thread }
  }
  const sessionOf = async (idOrKey: string) => {
    const session = await store.sessions.find(idOrKey)
    if (!session)
      throw new RequestError(404, 'unknown-session', `There is no session "${idOrKey}".`)
    return session
  }

  /** A decision ends questions about it, and their messages say so. */
  const closing = async <T>(decision: Promise<T>): Promise<T> => {
    const decided = await decision
    outbox.wake()
    return decided
  }
  return {
    async createRun(request) {
      const agent = request.agent ?? settings().defaultAgent
      if (!parts.hasAgent(agent))
        throw new RequestError(400, 'unknown-agent', `There is no agent "${agent}".`)
      const session =
        request.session === undefined ? undefined : await store.sessions.find(request.session)
      const created = store.runs.create(
        {
          source: 'api',
          text: request.text,
          agent: session?.agent ?? agent,
          sessionKey: session?.key ?? request.session ?? `v1:${agent}:api:dm:${randomUUID()}`,
          ...(request.deliverTo && { route: addressOf(request.deliverTo) }),
          attachments: request.attachments,
          ...(request.idempotencyKey !== undefined && { idempotencyKey: request.idempotencyKey }),
          maxAttempts: settings().queue.maxAttempts,
        },
        clock.now(),
      )
      dispatcher.wake()
      return created
    },
    async cancelRun(id) {
      const result = await store.runs.requestCancel(id, clock.now())
      if (result === 'executing') dispatcher.abort(id)
      if (result === 'cancelled') dispatcher.wake()
      return result
    },
    async retryRun(id) {
      const again = await store.runs.again(id, settings().queue.maxAttempts, clock.now())
      if (again === 'not-finished' || again === 'unknown') return { refused: again }
      dispatcher.wake()
      return { runId: again }
    },
    async resetSession(id) {
      const session = await sessionOf(id)
      const outcome = await store.sessions.reset(session.id, clock.now())
      if (outcome.abort !== undefined) dispatcher.abort(outcome.abort)
    },
    changeSession: async (id, change) => changeSession(parts, await sessionOf(id), change),
    async restartChannel(name) {
      if (!(await channels.restart(name))) {
        throw new RequestError(
          404,
          'unknown-channel',
          `There is no channel "${name}". See \`jackdaw channels list\`.`,
        )
      }
    },
    async linkChannel(name) {
      try {
        const code = await channels.link(name)
        if (code) return code
      } catch (error) {
        if (!(error instanceof ChannelError)) throw error
        throw new RequestError(503, 'cannot-link', error.message)
      }
      throw new RequestError(
        409,
        'nothing-to-link',
        `Channel "${name}" has nothing to link. Only Signal accounts are linked with a phone.`,
      )
    },
    async answerApproval(id, answer) {
      const outcome = await parts.answers.answerByApi(id, { ...answer, by: 'the API' })
      outbox.wake()
      await parts.asking.settled(outcome.answered ?? [])
      return outcome.isDone
    },
    approvePairing: (idOrCode, isOwner) =>
      closing(store.access.approve(idOrCode, isOwner, clock.now())),
    rejectPairing: (id) => closing(store.access.reject(id, clock.now())),
    async setSender({ channel, id, name }: SenderRef, status) {
      const sender = { account: accountOf(channel), channel, id, name: name ?? id }
      await closing(store.access.setSender(sender, status, clock.now()))
    },
    removeSender: ({ channel, id }: SenderRef) =>
      store.access.removeSender(accountOf(channel), id, clock.now()),
    async configureConversation(id, change) {
      const { agent } = change
      if (typeof agent === 'string' && !parts.hasAgent(agent))
        throw new RequestError(400, 'unknown-agent', `There is no agent "${agent}".`)
      await store.conversations.configure(id, change)
    },
    approveChat: (address, isApproved) =>
      closing(store.access.approveChat(address, isApproved, clock.now())),
    approveSpace: (account, spaceId, isApproved) =>
      closing(store.access.approveSpace(account, spaceId, isApproved, clock.now())),
    addressOf,
    async runHeartbeat(agent) {
      if (!parts.hasAgent(agent))
        throw new RequestError(404, 'unknown-agent', `There is no agent "${agent}".`)
      if (!(await store.heartbeats.demand(agent, clock.now()))) {
        throw new RequestError(409, 'under-way', `Agent "${agent}" is checking in already.`)
      }
      parts.heartbeat.wake()
    },
    async send(to, text) {
      const reply: Reply = { text, format: 'markdown' }
      const chunks = await renderer.render(to.channel, reply)
      const queued = store.deliveries.queue(
        addressOf(to),
        { chunks, lane: 'answer' },
        `send:${randomUUID()}`,
        clock.now(),
      )
      outbox.wake()
      return queued
    },
    async retryDelivery(id) {
      const isQueued = await store.deliveries.again(id, clock.now())
      outbox.wake()
      return isQueued
    },
    async discardDelivery(id) {
      const delivery = await store.views.delivery(id)
      if (
        !delivery ||
        delivery.state === 'sent' ||
        delivery.state === 'sending' ||
        delivery.state === 'discarded'
      )
        return false
      await store.deliveries.discard(id, 'Discarded by an operator.', clock.now())
      outbox.wake()
      return true
    },
    async backup(file) {
      if (existsSync(file)) {
        throw new RequestError(
          409,
          'file-exists',
          `${file} is there already. Choose another name, or move it away.`,
        )
      }
      await store.upkeep.backup(file)
    },
  }
}
