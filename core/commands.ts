import type { QueueMode } from './model.ts'
import type { CommandName, Sentences } from './sentences.ts'
import type { Effect, EffectOutcome, Trace } from './store.ts'

/** A command as somebody wrote it. */
export type Command = { readonly name: CommandName; readonly argument: string }

const names: readonly CommandName[] = [
  'new',
  'stop',
  'status',
  'help',
  'why',
  'queue',
  'retry',
  'approve',
]
const modes: readonly QueueMode[] = ['steer', 'collect', 'followup', 'interrupt']

/** What is asked and answered at once by a command, ready for one transaction. */
export type CommandPlan = {
  readonly effect: Effect
  readonly reply: (outcome: EffectOutcome) => string
}

/** What a command may look at before it is planned. */
export type CommandScene = {
  readonly sessionKey: string
  readonly agent: string
  readonly isOwner: boolean
  readonly words: Sentences
  /** Reads what `/status` shows. */
  status(): Promise<string>
  /** Reads what became of the message that is meant. */
  trace(): Promise<Trace | undefined>
  /** The session's own queue mode, or the configured one. */
  mode(): Promise<QueueMode>
}

/** Recognises `/name argument`; undefined for anything that is not one of the gateway's commands. */
export function parseCommand(text: string): Command | undefined {
  const match = /^\/([a-z_]+)(?:@\S+)?(?:\s+([\s\S]*))?$/i.exec(text.trim())
  const name = names.find((known) => known === match?.[1]?.toLowerCase())
  return name && { name, argument: match?.[2]?.trim() ?? '' }
}

/** The commands for a platform's menu. */
export function commandList(
  words: Sentences,
): readonly { name: CommandName; description: string }[] {
  return names.map((name) => ({ name, description: words.commands[name] }))
}

/** An answer to a question by text: `yes 7`, `no q7`, `ja 7`. */
export function parseAnswer(
  text: string,
): { readonly requestId: string; readonly answer: 'yes' | 'no' } | undefined {
  const match = /^(yes|no|ja|nein)\s+q?(\d{1,15})$/i.exec(text.trim())
  if (!match) return undefined
  const word = match[1]?.toLowerCase()
  return { requestId: `q${match[2]}`, answer: word === 'yes' || word === 'ja' ? 'yes' : 'no' }
}

/** What a button of a question carries: `q7:yes`. */
export function parsePress(
  data: string,
): { readonly requestId: string; readonly answer: string } | undefined {
  const match = /^(q\d{1,15}):([a-z]+)$/.exec(data)
  return match?.[1] && match[2] ? { requestId: match[1], answer: match[2] } : undefined
}

export function pressData(requestId: string, answer: 'yes' | 'no'): string {
  return `${requestId}:${answer}`
}

/** Plans a command: reads what it shows, names what it changes, words the answer from what came of it. */
export async function planCommand(command: Command, scene: CommandScene): Promise<CommandPlan> {
  const { words, sessionKey } = scene
  const say = (text: string): CommandPlan => ({ effect: { type: 'none' }, reply: () => text })
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
    case 'approve':
      if (!scene.isOwner) return say(words.ownersOnly)
      return {
        effect: { type: 'approve', code: command.argument, isOwner: false },
        reply: ({ isDone, detail }) =>
          isDone ? words.approved(detail ?? '') : words.approvalFailed(detail ?? ''),
      }
  }
}

/** Plans the answer to a question; the first one wins, a late one hears that it is over. */
export function planAnswer(
  requestId: string,
  answer: string,
  kind: 'stale' | 'pairing',
  words: Sentences,
): CommandPlan {
  return {
    effect: { type: 'answer', requestId, answer },
    reply: ({ isDone, detail }) => {
      if (!isDone) return words.requestExpired
      if (kind === 'stale') return answer === 'yes' ? words.staleAnswered : words.staleIgnored
      return answer === 'yes' ? words.approved(detail ?? '') : words.requestAnswered('no')
    },
  }
}

function wordTrace(trace: Trace | undefined, words: Sentences): string {
  if (!trace?.message) return words.whyNothing
  const { message, steps } = trace
  const last = steps.at(-1)
  const detail = [
    message.reason ?? '',
    last === undefined ? '' : `${last.step} ${last.detail}`.trim(),
  ]
  return words.why(
    message.disposition,
    detail.filter((part) => part !== '').join('; '),
    message.runId ?? message.id,
  )
}
