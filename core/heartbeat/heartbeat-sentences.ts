import type { HeartbeatResult } from '../store/heartbeats.ts'

/** What the gateway says about check-ins. */
export type HeartbeatSentences = {
  /** For owners, after two failures in a row; `run` names the last. */
  heartbeatFails(agent: string, run: string): string
  heartbeatAsked: string
  heartbeatRunning: string
  heartbeat(status: HeartbeatFacts): string
}

/** Times are local, in words; what is absent never happened or will not. */
export type HeartbeatFacts = {
  readonly agent: string
  readonly isEnabled: boolean
  readonly lastAsked: string | undefined
  readonly result: HeartbeatResult | null
  readonly next: string | undefined
}

const english: Readonly<Record<HeartbeatResult, string>> = {
  'outside-hours': 'not asked, outside the active hours',
  'nothing-to-do': 'not asked, HEARTBEAT.md has nothing to do',
  unchanged: 'not asked, nothing has changed',
  deferred: 'put off, I was busy',
  running: 'going on now',
  quiet: 'nothing to tell',
  alert: 'I told you something',
  repeated: 'the same as told before',
  'nobody-to-tell': 'something to tell, but I know no chat with an owner',
  refused: 'something to tell, but the chosen chat is a group',
  cancelled: 'cancelled',
  failed: 'failed',
}

const german: Readonly<Record<HeartbeatResult, string>> = {
  'outside-hours': 'nicht gefragt, außerhalb der aktiven Stunden',
  'nothing-to-do': 'nicht gefragt, in HEARTBEAT.md steht nichts zu tun',
  unchanged: 'nicht gefragt, nichts hat sich geändert',
  deferred: 'aufgeschoben, ich war beschäftigt',
  running: 'läuft gerade',
  quiet: 'nichts zu sagen',
  alert: 'ich habe dir etwas gesagt',
  repeated: 'dasselbe wie schon gesagt',
  'nobody-to-tell': 'es gab etwas zu sagen, aber ich kenne keinen Chat mit einem Besitzer',
  refused: 'es gab etwas zu sagen, aber der gewählte Chat ist eine Gruppe',
  cancelled: 'abgebrochen',
  failed: 'fehlgeschlagen',
}

export const englishHeartbeat: HeartbeatSentences = {
  heartbeatFails: (agent, run) =>
    `My check-ins as ${agent} fail: twice in a row now. I will not repeat this until one succeeds. (Trace ${run})`,
  heartbeatAsked: 'I am looking around now. You hear from me only if there is something to say.',
  heartbeatRunning: 'I am looking around already.',
  heartbeat: ({ agent, isEnabled, lastAsked, result, next }) =>
    [
      `Check-ins of ${agent} are ${isEnabled ? 'on' : 'off'}.`,
      ...(lastAsked === undefined ? ['None so far.'] : [`The last was ${lastAsked}.`]),
      ...(result === null ? [] : [`Result: ${english[result]}.`]),
      ...(next === undefined ? [] : [`Next: ${next}.`]),
      '/heartbeat run asks for one now.',
    ].join('\n'),
}

export const germanHeartbeat: HeartbeatSentences = {
  heartbeatFails: (agent, run) =>
    `Meine Rundgänge als ${agent} schlagen fehl: jetzt zweimal hintereinander. Ich wiederhole das erst, wenn wieder einer gelungen ist. (Spur ${run})`,
  heartbeatAsked: 'Ich sehe jetzt nach. Du hörst nur von mir, wenn es etwas zu sagen gibt.',
  heartbeatRunning: 'Ich sehe gerade schon nach.',
  heartbeat: ({ agent, isEnabled, lastAsked, result, next }) =>
    [
      `Rundgänge von ${agent} sind ${isEnabled ? 'an' : 'aus'}.`,
      ...(lastAsked === undefined ? ['Bisher keiner.'] : [`Der letzte war ${lastAsked}.`]),
      ...(result === null ? [] : [`Ergebnis: ${german[result]}.`]),
      ...(next === undefined ? [] : [`Nächster: ${next}.`]),
      '/heartbeat run fordert jetzt einen an.',
    ].join('\n'),
}
