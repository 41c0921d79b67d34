import type { CommandName } from './command-names.ts'

/** What each command is for, as a platform's menu and `/help` show it. */
export type CommandWords = Record<CommandName, string>

export const englishCommands: CommandWords = {
  new: 'start a fresh conversation',
  stop: 'stop what is running and waiting',
  status: 'what I am doing',
  help: 'this list',
  why: 'what became of your last message',
  queue: 'how messages are handled while I am busy',
  retry: 'try the last failed message again',
  agent: 'which agent answers here',
  model: 'which model answers here',
  sessions: 'our conversations here',
  resume: 'go back to one of them',
  compact: 'shorten what I remember',
  usage: 'what I cost today and here, and the limits',
  mention: 'whether I must be addressed in this group',
  stream: 'whether answers show while they are written',
  remind: 'remind you: when, and of what',
  jobs: 'what is planned here',
  approve: 'let somebody in by their code, or this group (owners)',
  heartbeat: 'my check-ins, or one now (owners)',
}

export const germanCommands: CommandWords = {
  new: 'ein neues Gespräch beginnen',
  stop: 'anhalten, was läuft und wartet',
  status: 'was ich gerade tue',
  help: 'diese Liste',
  why: 'was aus deiner letzten Nachricht wurde',
  queue: 'was mit Nachrichten geschieht, solange ich beschäftigt bin',
  retry: 'die letzte gescheiterte Nachricht noch einmal',
  agent: 'welcher Agent hier antwortet',
  model: 'welches Modell hier antwortet',
  sessions: 'unsere Gespräche hier',
  resume: 'zurück in eines davon',
  compact: 'kürzen, was ich behalte',
  usage: 'was ich heute und hier koste, und die Grenzen',
  mention: 'ob man mich in dieser Gruppe ansprechen muss',
  stream: 'ob Antworten zu sehen sind, während sie entstehen',
  remind: 'dich erinnern: wann und woran',
  jobs: 'was hier geplant ist',
  approve: 'jemanden mit Code hereinlassen, oder diese Gruppe (Besitzer)',
  heartbeat: 'meine Rundgänge, oder einer jetzt (Besitzer)',
}
