import { type CommandName, commandNames } from './command-names.ts'
import { type CommandPlan, say } from './command-plan.ts'
import { planHeartbeat } from './heartbeat/plan-heartbeat.ts'
import { type JobScene, planJobs, planRemind } from './job-commands.ts'
import type { Address, ChatKind, QueueMode } from './model.ts'
import type { Sentences } from './sentences.ts'
import {
  modeNamed,
  planCompact,
  planMode,
  planModel,
  planResume,
  planSessions,
  type SessionScene,
  wordModes,
} from './session-commands.ts'
import type { ChatSettings, ChatSettingsChange } from './store/conversations.ts'
import type { Trace } from './store/views.ts'
import { wordTrace } from './why.ts'

/** A command as somebody wrote it. */
export type Command = { readonly name: CommandName; readonly argument: string }

const modes: readonly QueueMode[] = ['steer', 'collect', 'followup', 'interrupt']

/** What a command may look at before it is planned. */
export type CommandScene = SessionScene & {
  /** For `/remind` and `/jobs`. */
  jobs(): JobScene
  readonly agents: readonly string[]
  readonly address: Address
  readonly chatKind: ChatKind
  /** What holds here now, and what would hold if nothing were chosen for the chat. */
  readonly chat: ChatDefaults
  readonly defaults: ChatDefaults
  readonly isOwner: boolean
  /** Reads what `/status` shows. */
  status(): Promise<string>
  /** Reads what `/usage` shows. */
  usage(): Promise<string>
  /** Reads what became of the message that is meant. */
  trace(): Promise<Trace | undefined>
  /** Reads what `/heartbeat` shows. */
  heartbeat(): Promise<string>
  /** The session's own queue mode, or the configured one. */
  mode(): Promise<QueueMode>
}

type ChatDefaults = Required<Pick<ChatSettings, 'mention' | 'agent' | 'stream'>>

/** Recognises `/name argument`; undefined for anything that is not one of the gateway's commands. */
export function parseCommand(text: string): Command | undefined {
  const match = /^\/([a-z_]+)(?:@\S+)?(?:\s+([\s\S]*))?$/i.exec(text.trim())
  const name = commandNames.find((known) => known === match?.[1]?.toLowerCase())
  return name && { name, argument: match?.[2]?.trim() ?? '' }
}

/** The commands for a platform's menu. */
export function commandList(
  words: Sentences,
): readonly { name: CommandName; description: string }[] {
  return commandNames.map((name) => ({ name, description: words.commands[name] }))
}

/** Plans a command: reads what it shows, names what it changes, words the answer from what came of it. */
export async function planCommand(command: Command, scene: CommandScene): Promise<CommandPlan> {
  const { words, sessionKey } = scene
  switch (command.name) {
    case 'help':
      return say(words.help(commandList(words)))
    case 'status':
      return say(await scene.status())
    case 'why':
      return say(wordTrace(await scene.trace(), words))
    case 'new':
      return { effect: { type: 'reset', sessionKey }, reply: () => words.fresh }
    case 'stop':
      return {
        effect: { type: 'stop', sessionKey },
        reply: ({ isDone, cancelled }) =>
          isDone ? words.stopped(cancelled.length) : words.nothingToStop,
      }
    case 'retry':
      return {
        effect: { type: 'retry', sessionKey },
        reply: ({ isDone }) => (isDone ? words.retried : words.nothingToRetry),
      }
    case 'queue': {
      const mode = modes.find((known) => known === command.argument.toLowerCase())
      if (!mode) return say(words.queueModes(await scene.mode()))
      return {
        effect: { type: 'mode', sessionKey, agent: scene.agent, mode },
        reply: () => words.queueMode(mode),
      }
    }
    case 'sessions':
      return planSessions(scene)
    case 'resume':
      return planResume(command.argument, scene)
    case 'model':
      return planModel(command.argument, scene)
    case 'compact':
      return planCompact(scene)
    case 'heartbeat':
      return planHeartbeat(command.argument, scene)
    case 'remind':
      return planRemind(command.argument, scene.jobs())
    case 'jobs':
      return planJobs(command.argument, scene.jobs())
    case 'usage':
      return say(await scene.usage())
    case 'agent':
      return planAgent(command.argument.toLowerCase(), scene)
    case 'mention':
    case 'stream':
      return planSetting(command.name, command.argument.toLowerCase(), scene)
    case 'approve':
      if (!scene.isOwner) return say(words.ownersOnly)
      if (command.argument === '' && scene.chatKind !== 'dm') {
        const effect = { type: 'approve-chat', address: scene.address } as const
        return { effect, reply: () => words.chatOpen }
      }
      return {
        effect: { type: 'approve', code: command.argument, isOwner: false },
        reply: ({ isDone, detail }) =>
          isDone ? words.approved(detail ?? '') : words.approvalFailed(detail ?? ''),
      }
  }
}

/** The gateway's agents are chosen for a chat, by owners; the modes of the one that answers are its session's. */
async function planAgent(argument: string, scene: CommandScene): Promise<CommandPlan> {
  const { agents, words, chat, isOwner, address, chatKind, defaults } = scene
  const agent = agents.find((known) => known.toLowerCase() === argument)
  const mode = modeNamed(argument, scene)
  if (agent === undefined && mode !== undefined) return planMode(mode, scene)
  if (argument === 'default' && (await scene.choices()).mode !== undefined)
    return planMode(undefined, scene)
  if (agent === undefined && argument !== 'default') {
    const lines = [words.agents(chat.agent, agents), await wordModes(scene)]
    return say(lines.filter((line) => line !== undefined).join('\n'))
  }
  if (!isOwner) return say(words.ownersOnly)
  const change = { agent: agent ?? null }
  const effect = { type: 'settings', address, chatKind, change } as const
  return { effect, reply: () => words.agentChosen(agent ?? defaults.agent) }
}

/** Shows what holds in a chat, or plans the change an owner wants. */
function planSetting(
  name: 'mention' | 'stream',
  argument: string,
  { words, address, chatKind, chat, defaults, isOwner }: CommandScene,
): CommandPlan {
  const set = (change: ChatSettingsChange, text: string): CommandPlan =>
    isOwner
      ? { effect: { type: 'settings', address, chatKind, change }, reply: () => text }
      : say(words.ownersOnly)
  const isDefault = argument === 'default'
  if (name === 'mention' && chatKind === 'dm') return say(words.groupsOnly)
  const { now, chosen } = words[name]
  if (isDefault) return set({ [name]: null }, chosen(defaults[name]))
  if (argument !== 'on' && argument !== 'off') return say(now(chat[name]))
  return set({ [name]: argument === 'on' }, chosen(argument === 'on'))
}
