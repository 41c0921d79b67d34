import type { AnswerPlanner } from './answer-planner.ts'
import type { Clock } from './clock.ts'
import { type Command, planCommand } from './commands.ts'
import { wordHeartbeat } from './heartbeat/plan-heartbeat.ts'
import type { Address, ChatKind, QueueMode, Sender } from './model.ts'
import { plainChunks } from './plain-chunks.ts'
import { isOwner } from './policy.ts'
import type { AgentRuntime } from './runtime-port.ts'
import type { JobDesk } from './scheduler/job-desk.ts'
import { sentencesFor } from './sentences.ts'
import { maxListed } from './session-commands.ts'
import { sessionKey } from './session-key.ts'
import { agentFor, type Settings, streamIn } from './settings.ts'
import type { Spending } from './spending.ts'
import type { EffectOutcome } from './store/effects.ts'
import type { GenerationStore } from './store/generations.ts'
import type { HeartbeatStore } from './store/heartbeats.ts'
import type { Facts, Intake } from './store/intake.ts'
import type { RequestStore } from './store/requests.ts'
import type { SessionStore } from './store/sessions.ts'
import type { Views } from './store/views.ts'

type Parts = {
  readonly desk: JobDesk
  readonly views: Views
  readonly sessions: SessionStore
  readonly generations: GenerationStore
  readonly requests: RequestStore
  readonly answers: AnswerPlanner
  readonly heartbeats: HeartbeatStore
  readonly spending: Pick<Spending, 'report'>
  readonly clock: Clock
  readonly settings: () => Settings
  /** One line on an agent's runtime, for `/status`. */
  readonly runtimeOf: (agent: string) => string
  /** An agent's runtime, for what can be chosen and done; only its memory is asked. */
  readonly runtimeFor: (agent: string) => AgentRuntime | undefined
  /** Lines on the state of a channel that its people should know. */
  readonly channelNotes: (channel: string) => readonly string[]
}

type Said = {
  readonly address: Address
  readonly chatKind: ChatKind
  readonly sender: Sender
  /** Platform id of the message it replies to. */
  readonly repliesTo?: string
}

/**
 * Commands. They are planned from rows alone and carried out in the transaction that
 * records them, so they work while every agent hangs and every queue is full.
 */
export class ControlLane {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Plans one of the gateway's commands. */
  async command(command: Command, said: Said, facts: Facts): Promise<Intake> {
    const settings = this.#parts.settings()
    const { address, chatKind } = said
    const { channel } = address
    const chosen = facts.settings
    const agent = agentFor(settings, address, chosen?.agent)
    const key = sessionKey(agent, address, chatKind)
    const isOwner = this.#isOwner(said, facts)
    const words = sentencesFor(said.sender.language)
    const isAboutChat = command.name === 'approve' && command.argument === '' && chatKind !== 'dm'
    const open = isOwner && isAboutChat && (await this.#parts.requests.openAboutChat(address))
    if (open) {
      const answer = this.#parts.answers.planOwn(open, 'yes', said, false, words.chatOpen)
      return { ...answer, command: command.name }
    }
    const defaults = {
      agent: agentFor(settings, address),
      mention: settings.policies.get(channel)?.mention ?? true,
      stream: streamIn(settings, channel, undefined) !== 'off',
    }
    const mode = () => this.#mode(key, facts)
    const runtime = this.#parts.runtimeFor(agent)
    const plan = await planCommand(command, {
      sessionKey: key,
      agent,
      agents: settings.agents,
      address,
      chatKind,
      chat: { ...defaults, ...chosen, agent },
      defaults,
      isOwner,
      words,
      now: this.#parts.clock.now(),
      jobs: () => ({
        desk: this.#parts.desk,
        author: {
          isOwner,
          person: { account: address.account, id: said.sender.id, name: said.sender.name },
          chat: address,
          timeZone: settings.timezone,
          ...(said.sender.language !== undefined && { language: said.sender.language }),
        },
        words,
        now: this.#parts.clock.now(),
      }),
      runtime: {
        catalog: runtime?.catalog ? runtime.catalog() : 'none',
        canCompact: runtime?.compact !== undefined,
        maxAttempts: settings.queue.maxAttempts,
      },
      generations: () => this.#parts.generations.list(key, maxListed),
      choices: async () => (await this.#parts.sessions.find(key))?.choices ?? {},
      status: async () => this.#status(agent, key, await mode(), said),
      heartbeat: () =>
        wordHeartbeat(agent, {
          store: this.#parts.heartbeats,
          settings,
          words,
          language: said.sender.language,
        }),
      usage: async () => {
        const session = await this.#parts.sessions.find(key)
        const sender = `${channel}:${said.sender.id}`
        return this.#parts.spending.report({ agent, sender, session, isOwner, words })
      },
      trace: async () => {
        const id = await this.#parts.views.lastMessage(said.address, said.repliesTo)
        return id === undefined ? undefined : this.#parts.views.trace(id)
      },
      mode,
    })
    return control(command.name, plan.effect, plan.reply)
  }

  #isOwner(said: Said, facts: Facts): boolean {
    const policy = this.#parts.settings().policies.get(said.address.channel)
    return policy !== undefined && isOwner(said.sender, policy, facts)
  }

  async #mode(key: string, facts: Facts): Promise<QueueMode> {
    const session = await this.#parts.sessions.find(key)
    return session?.mode ?? facts.settings?.queue ?? this.#parts.settings().queue.mode
  }

  async #status(agent: string, key: string, mode: QueueMode, said: Said): Promise<string> {
    const { views, clock, runtimeOf, channelNotes } = this.#parts
    const runs = await views.openRuns(key)
    const running = runs.find((run) => run.state === 'running' || run.state === 'waiting')
    return sentencesFor(said.sender.language).status({
      agent,
      runtime: runtimeOf(agent),
      mode,
      running: running && { forMs: clock.now() - (running.startedAt ?? running.createdAt) },
      waiting: runs.filter((run) => run.state === 'queued').length,
      notes: channelNotes(said.address.channel),
    })
  }
}

function control(
  command: string,
  effect: Extract<Intake, { as: 'control' }>['effect'],
  reply: (outcome: EffectOutcome) => string,
): Intake {
  return { as: 'control', command, effect, reply: (outcome) => plainChunks(reply(outcome)) }
}
