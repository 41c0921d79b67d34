import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { findOpenCode } from './opencode.ts'
import { AgentHouse } from './rigs/agent-house.ts'
import type { ModelRequest } from './servers/model-request.ts'

const found = findOpenCode()
const skip = 'missing' in found ? found.missing : false
const path = 'path' in found ? found.path : ''

let shared: Promise<AgentHouse> | undefined
const real = () => {
  shared ??= AgentHouse.start({ path })
  return shared
}
after(async () => await (await shared)?.[Symbol.asyncDispose]())

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

let chats = 1000
/** A chat for every test, so that each sees only its own. */
function nextChat(): number {
  chats += 1
  return chats
}

/** The model wants to run this command, then says that. */
function wantsToRun(house: AgentHouse, words: string, command: string, then: string): void {
  const call = { command, description: 'Write a line' }
  const text = { type: 'text', text: then } as const
  house.model.when(words, { type: 'tool', name: 'bash', arguments: call }, text)
}

/** The model puts this question to the person. */
function asksWhich(house: AgentHouse, words: string, then: string): void {
  const options = [
    { label: 'Red', description: 'as a rose' },
    { label: 'Blue', description: 'as the sea' },
  ]
  const questions = [{ question: 'Which colour?', header: 'Colour', options }]
  const text = { type: 'text', text: then } as const
  house.model.when(words, { type: 'tool', name: 'question', arguments: { questions } }, text)
}

/** What a file of the agent's holds; empty where there is none. */
async function contentOf(house: AgentHouse, name: string): Promise<string> {
  return await readFile(join(house.workspace, name), 'utf8').catch(() => '')
}

/** What the tools told the model. */
function toolResults(request: ModelRequest | undefined): string {
  return JSON.stringify(request?.body.messages.filter(({ role }) => role === 'tool'))
}

/** A round later, everything that could come twice has come. */
async function settles(house: AgentHouse, chat: number): Promise<readonly string[]> {
  house.model.when('anything else?', { type: 'text', text: 'No.' })
  house.telegram.says(chat, 'anything else?')
  await house.hears(chat, 'No.')
  return house.telegram.texts(chat).filter((text) => text !== 'No.')
}

test('a message is answered', { skip }, async () => {
  const house = await real()
  const chat = nextChat()
  house.model.when('hello', { type: 'text', text: 'Hi **there**.' })
  house.telegram.says(chat, 'hello')
  await house.hears(chat, 'Hi there.')
  assert.deepEqual(await settles(house, chat), ['Hi there.'])
})

test('a tool that needs no permission is used, and nobody is asked', { skip }, async () => {
  const house = await real()
  const chat = nextChat()
  const filePath = join(house.workspace, 'notes.txt')
  await writeFile(filePath, 'remember the milk')
  house.model.when(
    'what do my notes say',
    { type: 'tool', name: 'read', arguments: { filePath } },
    { type: 'text', text: 'Milk.' },
  )
  house.telegram.says(chat, 'what do my notes say?')
  await house.hears(chat, 'Milk.')
  assert.match(toolResults(house.model.requests.at(-1)), /remember the milk/)
  assert.deepEqual(await settles(house, chat), ['Milk.'])
})

test('a permission is asked with buttons, and once pressed the command runs once', {
  skip,
}, async () => {
  const house = await real()
  const chat = nextChat()
  wantsToRun(house, 'write it', 'echo hi >> allowed.txt', 'Written.')
  house.telegram.says(chat, 'write it')
  const question = await house.hears(chat, /May I do this\?/)
  assert.match(question.text, /echo hi >> allowed\.txt/)
  assert.deepEqual(
    question.buttons.flat().map(({ text }) => text),
    ['Allow once', 'Always', 'Deny'],
  )
  assert.equal(await contentOf(house, 'allowed.txt'), '')
  house.telegram.presses(question, 'Allow once')
  await house.hears(chat, 'Written.')
  await house.hears(chat, /Allowed once by User \d+\.$/)
  const [asked = '', ...rest] = await settles(house, chat)
  assert.match(asked, /echo hi >> allowed\.txt.*Allowed once by User \d+\.$/s)
  assert.deepEqual(question.buttons, [])
  assert.deepEqual(rest, ['Written.'])
  assert.equal(await contentOf(house, 'allowed.txt'), 'hi\n')
})

test('a permission that is denied stops the command, not the agent', { skip }, async () => {
  const house = await real()
  const chat = nextChat()
  wantsToRun(house, 'delete it', 'echo hi >> denied.txt', 'Then I leave it.')
  house.telegram.says(chat, 'delete it')
  const question = await house.hears(chat, /May I do this\?/)
  house.telegram.presses(question, 'Deny')
  await house.hears(chat, 'Then I leave it.')
  assert.match(toolResults(house.model.requests.at(-1)), /did not allow this/)
  const [asked = '', ...rest] = await settles(house, chat)
  assert.match(asked, /Denied by User \d+\.$/)
  assert.deepEqual(question.buttons, [])
  assert.deepEqual(rest, ['Then I leave it.'])
  assert.equal(await contentOf(house, 'denied.txt'), '')
})

test('a question is answered by its button', { skip }, async () => {
  const house = await real()
  const chat = nextChat()
  asksWhich(house, 'paint it', 'Painted.')
  house.telegram.says(chat, 'paint it')
  const question = await house.hears(chat, /Which colour\?/)
  assert.match(question.text, /2\. Blue: as the sea/)
  house.telegram.presses(question, 'Blue')
  await house.hears(chat, 'Painted.')
  assert.match(toolResults(house.model.requests.at(-1)), /Blue/)
  const [asked = '', ...rest] = await settles(house, chat)
  assert.match(asked, /Answered by User \d+: Blue$/)
  assert.deepEqual(question.buttons, [])
  assert.deepEqual(rest, ['Painted.'])
})

test('a question is answered in words of one’s own, as a reply', { skip }, async () => {
  const house = await real()
  const chat = nextChat()
  asksWhich(house, 'dye it', 'Dyed.')
  house.telegram.says(chat, 'dye it')
  const question = await house.hears(chat, /Which colour\?/)
  const message = house.telegram.world.chat(chat).messages.get(question.id)?.message
  assert.ok(message)
  // One message after the other goes out to a chat: once the next one is there, the gateway knows the question's id.
  house.telegram.says(chat, '/help')
  const help = await house.hears(chat, /\/help/)
  house.telegram.says(chat, 'Mauve, like *yours*', { reply_to_message: message })
  await house.hears(chat, 'Dyed.')
  assert.match(toolResults(house.model.requests.at(-1)), /Mauve, like \*yours\*/)
  const [asked = '', ...rest] = await settles(house, chat)
  assert.match(asked, /Answered by User \d+: Mauve, like \*yours\*$/)
  assert.deepEqual(rest, [help.text, 'Dyed.'])
})

test('/stop stops a model that hangs, also in OpenCode, and the next message is answered', {
  skip,
}, async () => {
  const house = await real()
  const { model, telegram } = house
  const chat = nextChat()
  model.when('think hard', { type: 'silent', text: 'Hm' })
  const hanging = model.request(model.requests.length + 1)
  telegram.says(chat, 'think hard')
  const { abandoned } = await hanging
  telegram.says(chat, '/stop')
  await house.hears(chat, /^Stopped/)
  await abandoned
  model.when('never mind', { type: 'text', text: 'Fine.' })
  telegram.says(chat, 'never mind')
  await house.hears(chat, 'Fine.')
  const texts = await settles(house, chat)
  assert.equal(texts.length, 2, JSON.stringify(texts))
})

test('a picture reaches the model as a picture', { skip }, async () => {
  const house = await real()
  const chat = nextChat()
  house.model.when('what is this', { type: 'text', text: 'A dot.' })
  house.telegram.sendsPhoto(chat, { content: png, caption: 'what is this?' })
  await house.hears(chat, 'A dot.')
  const parts = house.model.requests
    .at(-1)
    ?.body.messages.flatMap(({ content }) => (Array.isArray(content) ? content : []))
  const pictures = parts?.flatMap(({ image_url: image }) => (image ? [image.url] : []))
  assert.equal(pictures?.length, 1)
  assert.match(pictures?.[0] ?? '', /^data:image\/png;base64,/)
  assert.deepEqual(await settles(house, chat), ['A dot.'])
})

for (const isAway of [false, true]) {
  const when = isAway ? 'while it is away' : 'after its restart'
  test(`a permission outlives a kill of the gateway: pressed ${when}, the command runs once`, {
    skip,
  }, async () => {
    const house = await real()
    const chat = nextChat()
    const file = isAway ? 'away.txt' : 'back.txt'
    wantsToRun(house, `write ${file}`, `echo hi >> ${file}`, 'Still written.')
    house.telegram.says(chat, `write ${file}`)
    const question = await house.hears(chat, /May I do this\?/)
    const before = house.model.requests.length
    await house.dies()
    if (isAway) house.telegram.presses(question, 'Allow once')
    await house.restarts()
    if (!isAway) house.telegram.presses(question, 'Allow once')
    await house.hears(chat, 'Still written.')
    // The question says so when it is known that it arrived, which the kill may have left open.
    await house.hears(chat, /Allowed once by User \d+\.$/)
    assert.equal(house.model.requests.length, before + 1, 'the prompt was not sent again')
    const [asked = '', ...rest] = await settles(house, chat)
    assert.match(asked, /Allowed once by User \d+\.$/)
    assert.deepEqual(question.buttons, [])
    assert.deepEqual(rest, ['Still written.'])
    assert.equal(await contentOf(house, file), 'hi\n')
  })
}
