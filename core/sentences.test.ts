import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandList } from './commands.ts'
import { type FailureReason, type Sentences, type StatusFacts, sentencesFor } from './sentences.ts'
import type { Fate } from './why-sentences.ts'

const reasons: readonly FailureReason[] = [
  'timeout',
  'crashed',
  'unavailable',
  'refused',
  'internal',
]
const fates: readonly Fate[] = [
  'answered',
  'silent',
  'leaving',
  'uncertain',
  'undelivered',
  'failed',
  'executing',
  'asking',
  'waiting',
  'cancelled',
  'superseded',
  'dropped',
  'observed',
  'control',
  'held',
  'expired',
]
const idle: StatusFacts = {
  agent: 'main',
  runtime: 'echo',
  mode: 'collect',
  running: undefined,
  waiting: 0,
  notes: [],
}

/** Every sentence of a language, by name, in every variant it has. */
function all(words: Sentences): Record<string, string> {
  const said: Record<string, string> = {
    emptyAnswer: words.emptyAnswer,
    fileRefused: words.fileRefused('report.pdf', undefined),
    undeliverable: words.undeliverable('telegram', 'Blocked.', 'r7'),
    undeliverableMessage: words.undeliverableMessage('telegram', 'Blocked.', 'r7'),
    fileTooLarge: words.fileRefused('report.pdf', '60 MB'),
    overflow: words.overflow(20),
    rateLimited: words.rateLimited(20),
    pairing: words.pairing('ABCD2345'),
    pairingRequested: words.pairingRequested('Ben', 'telegram'),
    allow: words.allow,
    deny: words.deny,
    denied: words.requestAnswered('no'),
    requestAnswered: words.requestAnswered('yes'),
    requestExpired: words.requestExpired,
    staleOne: words.stale(1),
    staleMany: words.stale(3),
    answerByText: words.answerByText('7'),
    answerThem: words.answerThem,
    ignoreThem: words.ignoreThem,
    staleAnswered: words.staleAnswered,
    staleIgnored: words.staleIgnored,
    lateCommand: words.lateCommand('stop', '2 min'),
    ownersOnly: words.ownersOnly,
    fresh: words.fresh,
    stopped: words.stopped(1),
    stoppedMany: words.stopped(3),
    nothingToStop: words.nothingToStop,
    retried: words.retried,
    nothingToRetry: words.nothingToRetry,
    queueMode: words.queueMode('collect'),
    queueModes: words.queueModes('collect'),
    approved: words.approved('Ben'),
    locked: words.approvalFailed('locked'),
    unknownCode: words.approvalFailed('unknown'),
    whyNothing: words.whyNothing,
    idle: words.status(idle),
    busy: words.status({ ...idle, running: { forMs: 120_000 }, waiting: 1 }),
    veryBusy: words.status({ ...idle, running: { forMs: 5000 }, waiting: 2, notes: ['A note.'] }),
    help: words.help(commandList(words)),
    seconds: words.duration(2000),
    minutes: words.duration(120_000),
    hours: words.duration(7_200_000),
    correction: words.correction,
    ...aboutChats(words),
  }
  for (const reason of reasons) said[`failed ${reason}`] = words.failed(reason, 'r12')
  for (const fate of fates) {
    said[`why ${fate}`] = words.why(fate, '', 'm1')
    said[`why ${fate}, because`] = words.why(fate, 'blocked', 'm1')
  }
  for (const [name, description] of Object.entries(words.commands)) said[`/${name}`] = description
  return said
}

function aboutChats(words: Sentences): Record<string, string> {
  const request = { name: 'Ana', place: 'Team Ada', channel: 'telegram', isSpace: false }
  return {
    chatAdded: words.chatRequested({ ...request, isAdded: true }),
    chatWritten: words.chatRequested({ ...request, isAdded: false }),
    chatAddedByNobody: words.chatRequested({ ...request, name: undefined, isAdded: true }),
    chatWrittenByNobody: words.chatRequested({ ...request, name: undefined, isAdded: false }),
    serverAdded: words.chatRequested({ ...request, isSpace: true, isAdded: true }),
    serverWritten: words.chatRequested({ ...request, isSpace: true, isAdded: false }),
    chatAllowed: words.chatAllowed('Team Ada'),
    chatRefused: words.chatRefused('Team Ada'),
    chatOpen: words.chatOpen,
    chatOpenLate: words.chatOpenLate('3 h'),
    mentionOn: words.mention.now(true),
    mentionOff: words.mention.now(false),
    mentionChosenOn: words.mention.chosen(true),
    mentionChosenOff: words.mention.chosen(false),
    streamOn: words.stream.now(true),
    streamOff: words.stream.now(false),
    streamChosenOn: words.stream.chosen(true),
    streamChosenOff: words.stream.chosen(false),
    agents: words.agents('main', ['main', 'ops']),
    agentChosen: words.agentChosen('ops'),
    groupsOnly: words.groupsOnly,
  }
}

const languages = { English: sentencesFor('en'), German: sentencesFor('de') }

for (const [language, words] of Object.entries(languages)) {
  test(`${language}: no sentence is empty, unfinished or made of symbols`, () => {
    for (const [name, text] of Object.entries(all(words))) {
      assert.ok(text.trim().length > 0, name)
      assert.equal(text, text.trim(), name)
      assert.doesNotMatch(text, /undefined|null|NaN|\[object|\$\{|\p{Extended_Pictographic}/u, name)
    }
  })

  test(`${language}: a failure is told in words of its own with the trace id and a way on`, () => {
    const told = reasons.map((reason) => words.failed(reason, 'r12'))
    assert.equal(new Set(told).size, reasons.length)
    for (const text of told) {
      assert.match(text, /r12/)
      assert.match(text, /\/retry/)
    }
  })

  test(`${language}: names, numbers and codes are in the sentence that is about them`, () => {
    const said = all(words)
    assert.match(said['pairing'] ?? '', /^ABCD2345$/m)
    assert.match(said['pairingRequested'] ?? '', /Ben.*telegram/)
    assert.match(said['staleMany'] ?? '', /3/)
    assert.match(said['stoppedMany'] ?? '', /3/)
    assert.match(said['rateLimited'] ?? '', /20/)
    assert.match(said['overflow'] ?? '', /20/)
    assert.match(said['chatAdded'] ?? '', /Ana.*Team Ada.*telegram/)
    assert.match(said['chatWrittenByNobody'] ?? '', /Team Ada.*telegram/)
    assert.match(said['serverAdded'] ?? '', /[Ss]erver Team Ada/)
    assert.match(said['agents'] ?? '', /main.*main, ops/)
    // The one sentence with emoji: they are what to react with.
    assert.match(words.answerByReaction('7'), /👍.*👎.*7.*7/)
    assert.match(said['lateCommand'] ?? '', /\/stop.*2 min/)
    assert.match(said['veryBusy'] ?? '', /5 s[\s\S]*2[\s\S]*A note\./)
  })
}

test('both languages have every sentence, and none is left untranslated', () => {
  const english = all(languages.English)
  const german = all(languages.German)
  assert.deepEqual(Object.keys(german), Object.keys(english))
  const same = Object.keys(english).filter((name) => english[name] === german[name])
  // What has no words of a language: a disposition with its reason, and seconds.
  assert.deepEqual(same, ['seconds'])
})

test('the language is chosen by the platform’s hint, and English is for everybody else', () => {
  for (const hint of ['de', 'de-AT', 'DE', 'de-Latn-CH']) {
    assert.equal(sentencesFor(hint), languages.German, hint)
  }
  for (const hint of [undefined, '', 'en', 'fr', 'deu', 'x-de']) {
    assert.equal(sentencesFor(hint), languages.English, String(hint))
  }
})

test('a duration is said as a person would round it', () => {
  const { duration } = languages.English
  const said = [0, 400, 61_000, 89_000, 91_000, 3_600_000, 5_400_000, 86_400_000].map(duration)
  assert.deepEqual(said, ['0 s', '0 s', '61 s', '89 s', '2 min', '60 min', '2 h', '24 h'])
})
