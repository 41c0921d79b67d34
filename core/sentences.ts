import { type AskSentences, englishAsks, germanAsks } from './ask-sentences.ts'
import { type ChatSentences, englishChats, germanChats } from './chat-sentences.ts'
import { type CommandWords, englishCommands, germanCommands } from './command-sentences.ts'
import {
  englishHeartbeat,
  germanHeartbeat,
  type HeartbeatSentences,
} from './heartbeat/heartbeat-sentences.ts'
import { englishJobs, germanJobs, type JobSentences } from './job-sentences.ts'
import { englishSessions, germanSessions, type SessionSentences } from './session-sentences.ts'
import { englishUsage, germanUsage, type UsageSentences } from './usage-sentences.ts'
import { englishWhy, germanWhy, type WhySentences } from './why-sentences.ts'

/** Everything the gateway itself says in a chat, in one table per language. Plain sentences, no jargon, no emoji. */
export type Sentences = ChatSentences &
  AskSentences &
  HeartbeatSentences &
  JobSentences &
  SessionSentences &
  UsageSentences &
  WhySentences & {
    failed(reason: FailureReason, trace: string): string
    emptyAnswer: string
    overflow(max: number): string
    rateLimited(perMinute: number): string
    pairing(code: string): string
    pairingRequested(name: string, channel: string): string
    allow: string
    deny: string
    requestAnswered(detail: string): string
    requestExpired: string
    stale(count: number): string
    /** How to answer question `number` where there are no buttons. */
    answerByText(number: string): string
    answerThem: string
    ignoreThem: string
    staleAnswered: string
    staleIgnored: string
    lateCommand(command: string, age: string): string
    ownersOnly: string
    fresh: string
    stopped(count: number): string
    nothingToStop: string
    retried: string
    nothingToRetry: string
    queueMode(mode: string): string
    queueModes(mode: string): string
    approved(name: string): string
    approvalFailed(detail: string): string
    status(status: StatusFacts): string
    help(commands: readonly { name: string; description: string }[]): string
    commands: CommandWords
    /** `90000` is "1 min" or so. */
    duration(ms: number): string
    correction: string
  }

export type FailureReason = 'timeout' | 'crashed' | 'unavailable' | 'refused' | 'internal'
export type StatusFacts = {
  readonly agent: string
  readonly runtime: string
  readonly mode: string
  readonly running: { readonly forMs: number } | undefined
  readonly waiting: number
  readonly notes: readonly string[]
}

const english: Sentences = {
  ...englishChats,
  ...englishAsks,
  ...englishHeartbeat,
  ...englishJobs,
  ...englishSessions,
  ...englishUsage,
  ...englishWhy,
  failed(reason, trace) {
    const what = {
      timeout: 'That took too long, so I stopped.',
      crashed: 'I was interrupted several times while working on this and gave up.',
      unavailable: 'I could not reach my agent.',
      refused: 'My agent refused the request.',
      internal: 'Something went wrong on my side.',
    }[reason]
    return `${what} Send /retry to try again. (trace ${trace})`
  },
  emptyAnswer: 'My agent finished without saying anything.',
  overflow: (max) =>
    `More than ${max} messages are waiting. I will read the oldest ones as one line each.`,
  rateLimited: (perMinute) =>
    `Please slow down: I read at most ${perMinute} messages a minute. I will be back in a moment.`,
  pairing: (code) =>
    `Hello! I do not know you yet. Ask my owner to approve you with this code:\n\n${code}\n\nIt is valid for one hour. Then write to me again.`,
  pairingRequested: (name, channel) => `${name} wants to talk to me on ${channel}. Allow it?`,
  allow: 'Allow',
  deny: 'Deny',
  requestAnswered: (detail) => (detail === 'no' ? 'Denied.' : `Done: ${detail}.`),
  requestExpired: 'That question has expired.',
  stale: (count) =>
    count === 1
      ? 'One message arrived while I was away: answer it?'
      : `${count} messages arrived while I was away: answer them?`,
  answerByText: (number) => `Write "yes ${number}" or "no ${number}".`,
  answerThem: 'Answer',
  ignoreThem: 'Ignore',
  staleAnswered: 'Reading them now.',
  staleIgnored: 'All right, I leave them.',
  lateCommand: (command, age) =>
    `/${command} reached me ${age} late, so I did not run it. Send it again if you still want it.`,
  ownersOnly: 'Only my owner can do that.',
  fresh: 'A fresh start: I have put our earlier conversation aside.',
  stopped: (count) =>
    count > 1 ? `Stopped; ${count} waiting messages are cancelled too.` : 'Stopped.',
  nothingToStop: 'Nothing is running.',
  retried: 'Trying again.',
  nothingToRetry: 'There is nothing to try again.',
  queueMode: (mode) => `While I am busy, new messages are now handled as: ${mode}.`,
  queueModes: (mode) =>
    `While I am busy, new messages are handled as: ${mode}.\nChoose with /queue collect (together as the next turn), /queue steer (told to the agent at work, where it can take that), /queue followup (one turn each) or /queue interrupt (stop and take the new one).`,
  approved: (name) => `${name} may talk to me now.`,
  approvalFailed: (detail) =>
    detail === 'locked'
      ? 'Too many wrong codes: try again in an hour.'
      : 'That code is unknown or has expired.',
  status({ agent, runtime, mode, running, waiting, notes }) {
    const work =
      running === undefined
        ? 'Nothing is running.'
        : `Working on an answer for ${english.duration(running.forMs)}.`
    const queue =
      waiting === 0
        ? 'Nothing is waiting.'
        : waiting === 1
          ? 'One turn is waiting.'
          : `${waiting} turns are waiting.`
    return [`Agent ${agent} (${runtime}). Queue mode: ${mode}.`, `${work} ${queue}`, ...notes].join(
      '\n',
    )
  },
  help: (commands) =>
    ['I understand:', ...commands.map(({ name, description }) => `/${name} ${description}`)].join(
      '\n',
    ),
  commands: englishCommands,
  duration: (ms) => {
    const seconds = Math.round(ms / 1000)
    if (seconds < 90) return `${seconds} s`
    const minutes = Math.round(seconds / 60)
    return minutes < 90 ? `${minutes} min` : `${Math.round(minutes / 60)} h`
  },
  correction: '[corrects an earlier message]',
}

const german: Sentences = {
  ...germanChats,
  ...germanAsks,
  ...germanHeartbeat,
  ...germanJobs,
  ...germanSessions,
  ...germanUsage,
  ...germanWhy,
  failed(reason, trace) {
    const what = {
      timeout: 'Das hat zu lange gedauert, deshalb habe ich aufgehört.',
      crashed: 'Ich wurde dabei mehrmals unterbrochen und habe aufgegeben.',
      unavailable: 'Ich konnte meinen Agenten nicht erreichen.',
      refused: 'Mein Agent hat die Anfrage abgelehnt.',
      internal: 'Bei mir ist etwas schiefgegangen.',
    }[reason]
    return `${what} Mit /retry versuche ich es noch einmal. (Spur ${trace})`
  },
  emptyAnswer: 'Mein Agent war fertig, ohne etwas zu sagen.',
  overflow: (max) => `Mehr als ${max} Nachrichten warten. Die ältesten lese ich als je eine Zeile.`,
  rateLimited: (perMinute) =>
    `Bitte etwas langsamer: Ich lese höchstens ${perMinute} Nachrichten in der Minute. Gleich bin ich wieder da.`,
  pairing: (code) =>
    `Hallo! Ich kenne dich noch nicht. Bitte meine Besitzerin oder meinen Besitzer, dich mit diesem Code freizugeben:\n\n${code}\n\nEr gilt eine Stunde. Schreib mir danach noch einmal.`,
  pairingRequested: (name, channel) => `${name} möchte auf ${channel} mit mir sprechen. Erlauben?`,
  allow: 'Erlauben',
  deny: 'Ablehnen',
  requestAnswered: (detail) => (detail === 'no' ? 'Abgelehnt.' : `Erledigt: ${detail}.`),
  requestExpired: 'Diese Frage ist abgelaufen.',
  stale: (count) =>
    count === 1
      ? 'Eine Nachricht kam, während ich weg war: beantworten?'
      : `${count} Nachrichten kamen, während ich weg war: beantworten?`,
  answerByText: (number) => `Schreib „ja ${number}“ oder „nein ${number}“.`,
  answerThem: 'Beantworten',
  ignoreThem: 'Lassen',
  staleAnswered: 'Ich lese sie jetzt.',
  staleIgnored: 'Gut, ich lasse sie liegen.',
  lateCommand: (command, age) =>
    `/${command} kam ${age} zu spät bei mir an, deshalb habe ich es nicht ausgeführt. Schick es noch einmal, wenn du es noch willst.`,
  ownersOnly: 'Das dürfen nur meine Besitzer.',
  fresh: 'Neuer Anfang: Unser früheres Gespräch habe ich beiseitegelegt.',
  stopped: (count) =>
    count > 1 ? `Angehalten; ${count} wartende Nachrichten sind auch gestrichen.` : 'Angehalten.',
  nothingToStop: 'Es läuft nichts.',
  retried: 'Ich versuche es noch einmal.',
  nothingToRetry: 'Es gibt nichts zu wiederholen.',
  queueMode: (mode) => `Solange ich beschäftigt bin, gilt für neue Nachrichten jetzt: ${mode}.`,
  queueModes: (mode) =>
    `Solange ich beschäftigt bin, gilt für neue Nachrichten: ${mode}.\nWählbar: /queue collect (zusammen als nächste Runde), /queue steer (dem arbeitenden Agenten gesagt, wo er das kann), /queue followup (jede für sich) oder /queue interrupt (anhalten und die neue nehmen).`,
  approved: (name) => `${name} darf jetzt mit mir sprechen.`,
  approvalFailed: (detail) =>
    detail === 'locked'
      ? 'Zu viele falsche Codes: bitte in einer Stunde wieder.'
      : 'Dieser Code ist unbekannt oder abgelaufen.',
  status({ agent, runtime, mode, running, waiting, notes }) {
    const work =
      running === undefined
        ? 'Es läuft nichts.'
        : `Ich arbeite seit ${german.duration(running.forMs)} an einer Antwort.`
    const queue =
      waiting === 0
        ? 'Nichts wartet.'
        : waiting === 1
          ? 'Eine Runde wartet.'
          : `${waiting} Runden warten.`
    return [
      `Agent ${agent} (${runtime}). Warteschlange: ${mode}.`,
      `${work} ${queue}`,
      ...notes,
    ].join('\n')
  },
  help: (commands) =>
    ['Ich verstehe:', ...commands.map(({ name, description }) => `/${name} ${description}`)].join(
      '\n',
    ),
  commands: germanCommands,
  duration: (ms) => english.duration(ms).replace('min', 'Min.').replace(' h', ' Std.'),
  correction: '[berichtigt eine frühere Nachricht]',
}

/** The table for a language tag such as `de-AT`; English where there is none. */
export function sentencesFor(language: string | undefined): Sentences {
  return language?.toLowerCase().split('-')[0] === 'de' ? german : english
}
