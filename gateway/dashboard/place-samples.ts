import { occurrence } from './scripted-jobs.ts'
import type { ScriptedPlaces } from './scripted-places.ts'
import type { UsageSum } from './src/api-usage.ts'

const dayMs = 86_400_000

/** Questions and grants of every kind. */
export function fillQuestions(places: ScriptedPlaces): void {
  const chat = { thread: null, kind: 'group', alive: true } as const
  places.conversations = [
    { ...chat, id: 'c1', channel: 'telegram', chat: '-100123', title: 'Family' },
    { ...chat, id: 'c2', channel: 'discord', chat: '8123', title: null },
  ]
  places.ask({
    title: 'Run a command in /home/ada/projects/greenhouse-controller',
    detail:
      'git push --force-with-lease origin feature/thermostat-that-remembers\nnpm publish --access public --tag next',
    grant: 'bash: git push *',
    channel: 'telegram',
    chat: '-100123',
  })
  places.ask({
    kind: 'question',
    title: 'Which of the three quotes should I answer first?',
    detail: null,
    options: [
      { id: '1', label: 'The roofer (4,200, starts in May)' },
      { id: '2', label: 'The roofer’s brother (3,900, “soon”)' },
      { id: '3', label: 'None yet' },
    ],
    takesText: true,
    agent: 'ops',
  })
  places.ask({ title: 'Delete backup-2025-11.tar', detail: null, channel: null, chat: null })
  places.knock()
  places.knock({ channel: 'signal', sender: '+491700000000', senderName: '' })
  const at = new Date(Date.now() - 2 * dayMs).toISOString()
  places.grants = [
    { id: 'g1', agent: 'main', session: 's4', words: 'bash: git status *', by: 'Ada', at },
    { id: 'g2', agent: 'ops', session: null, words: 'edit: /home/ada/notes/**', by: 'the API', at },
  ]
}

/** Jobs in every state, with a history, and the heartbeats of two agents. */
export function fillJobs(places: ScriptedPlaces): void {
  const { planned } = places
  planned.jobs = []
  planned.add({ state: 'ended', name: 'Call the roofer', next: [], reason: 'it has run' })
  planned.add({
    state: 'paused',
    name: 'Water the tomatoes before it gets hot, and the basil on the window sill',
    reason: 'it failed ten times in a row',
    next: [],
    last: occurrence({
      state: 'failed',
      delivery: { state: 'none' },
      error: { message: 'no answer from the model' },
    }),
  })
  const brief = planned.add({
    name: 'Morning brief',
    kind: 'agent',
    target: { channel: 'telegram', chat: '-100123', thread: null },
    last: occurrence({
      delivery: { state: 'failed' },
      error: { message: 'The bot was removed from the group.' },
    }),
  })
  planned.history.set(brief.id, [
    occurrence({
      delivery: { state: 'failed' },
      error: { message: 'The bot was removed from the group.' },
    }),
    occurrence({ isManual: true, delivery: { state: 'uncertain' } }),
    occurrence({
      state: 'skipped',
      reason: 'the one before was unfinished',
      delivery: { state: 'none' },
    }),
  ])
  const hours = { start: '08:00', end: '22:00', timezone: 'Europe/Berlin' }
  const at = new Date(Date.now() - dayMs / 48).toISOString()
  planned.heartbeats = [
    {
      agent: 'main',
      isEnabled: true,
      everyMs: 1_800_000,
      activeHours: hours,
      nextAt: new Date(Date.now() + dayMs / 48).toISOString(),
      result: 'unchanged',
      resultAt: at,
      run: null,
    },
    {
      agent: 'ops',
      isEnabled: false,
      everyMs: 1_800_000,
      activeHours: hours,
      nextAt: null,
      result: null,
      resultAt: null,
      run: null,
    },
  ]
}

/** What two agents and two people spent today and in a week, with limits. */
export function fillUsage(places: ScriptedPlaces): { today: string; weekAgo: string } {
  const { timezone } = places.config
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: timezone }).format(new Date())
  const weekAgo = new Date(Date.parse(today) - 6 * dayMs).toISOString().slice(0, 10)
  const sum = (
    runs: number,
    inputTokens: number,
    outputTokens: number,
    costUsd: number | null,
    isCostComplete = true,
  ): UsageSum => ({ runs, inputTokens, outputTokens, costUsd, isCostComplete })
  places.usage.set(`agent ${today}`, {
    total: sum(17, 1_230_000, 14_100, 1.2, false),
    items: [
      { key: 'main', ...sum(14, 1_186_000, 12_000, 1.2) },
      { key: 'ops', ...sum(3, 44_000, 2_100, 0.00012, false) },
    ],
    next: null,
  })
  const week = sum(160, 8_300_000, 100_000, 9.1, false)
  places.usage.set(`agent ${weekAgo}`, {
    total: week,
    items: [{ key: 'main', ...week }],
    next: null,
  })
  places.usage.set(`sender ${weekAgo}`, {
    total: week,
    items: [
      { key: 'telegram:111', ...sum(140, 7_950_000, 50_000, 9.1) },
      { key: null, ...sum(20, 350_000, 50_000, null, false) },
    ],
    next: null,
  })
  places.config = {
    ...places.config,
    budget: { dailyTokens: 2_000_000, dailyUsd: 0, perSenderDailyTokens: 200_000 },
    agents: {
      main: {},
      ops: { budget: { dailyTokens: 0, dailyUsd: 1, perSenderDailyTokens: 0 } },
    },
  }
  return { today, weekAgo }
}
