import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Rig, type RigOptions, startRig } from '../test/fakes/rig.ts'
import { plain, ScriptedRuntime } from '../test/fakes/scripted-runtime.ts'
import { DeliveryError } from './errors.ts'
import type { RuntimeEvent } from './runtime-port.ts'
import type { StreamMode } from './settings.ts'

/** An agent that writes word by word, a step each time it is told to go on. */
class Writer {
  readonly runtime = new ScriptedRuntime()
  #next = Promise.withResolvers<string | undefined>()

  constructor() {
    const read = () => this.#next.promise
    this.runtime.script = () =>
      async function* (_turn, signal): AsyncGenerator<RuntimeEvent> {
        let whole = ''
        const stopped = new Promise<undefined>((resolve) =>
          signal.addEventListener('abort', () => resolve(undefined), { once: true }),
        )
        while (true) {
          const delta = await Promise.race([read(), stopped])
          if (signal.aborted) return
          if (delta === undefined) return yield { type: 'done', reply: plain(`${whole}.`) }
          whole += delta
          yield { type: 'text', delta }
        }
      }
  }

  async writes(rig: Rig, delta: string): Promise<void> {
    this.#go(delta)
    await rig.pass(250)
  }

  async ends(rig: Rig): Promise<void> {
    this.#go(undefined)
    await rig.settle()
  }

  #go(delta: string | undefined): void {
    const { resolve } = this.#next
    this.#next = Promise.withResolvers()
    resolve(delta)
  }
}

async function start(mode: StreamMode, options: Partial<RigOptions> = {}) {
  const writer = new Writer()
  const streams = new Map([['fake', mode]])
  const rig = await startRig({ runtime: writer.runtime, settings: { streams }, ...options })
  return { rig, writer }
}

test('an answer grows in one message, and the finished one takes its place', async () => {
  const { rig, writer } = await start('edit')
  await using _ = rig
  await rig.chat.says('tell me')
  await writer.writes(rig, 'Once')
  await rig.chat.hears('Once')
  await writer.writes(rig, ' upon')
  await writer.writes(rig, ' a time')
  await rig.pass(1500)
  await writer.ends(rig)
  await rig.pass(100)
  assert.equal(rig.channel.arrived.length, 1)
  assert.deepEqual(
    rig.channel.edits.map(({ text }) => text),
    ['Once upon a time', 'Once upon a time.'],
  )
  assert.deepEqual(await rig.deliveryStates(), ['Once: sent', 'Once upon a time.: sent'])
})

test('in a direct chat with drafts nothing is sent until the answer is there', async () => {
  const { rig, writer } = await start('draft')
  await using _ = rig
  await rig.chat.says('tell me')
  await writer.writes(rig, 'Once **upon')
  await rig.pass(1000)
  assert.ok(rig.channel.shown.some(({ what }) => what === 'draft: Once upon'))
  assert.equal(rig.channel.arrived.length, 0)
  await writer.ends(rig)
  await rig.chat.hears('Once **upon.')
  assert.deepEqual(rig.channel.edits, [])
})

test('in a group drafts are edits, with longer pauses between them', async () => {
  const { rig, writer } = await start('draft')
  await using _ = rig
  const group = rig.group('-5')
  await group.asks('tell me')
  for (let word = 0; word < 40; word += 1) await writer.writes(rig, ` ${word}`)
  await writer.ends(rig)
  await rig.pass(100)
  assert.equal(rig.channel.arrived.length, 1)
  assert.ok(rig.channel.edits.length <= 4, `${rig.channel.edits.length} edits in ten seconds`)
  assert.match(rig.channel.edits.at(-1)?.text ?? '', /^0 .* 39\.$/)
})

test('a platform that says wait is waited for, and the answer comes all the same', async () => {
  const { rig, writer } = await start('edit')
  await using _ = rig
  await rig.chat.says('tell me')
  await writer.writes(rig, 'Once')
  await rig.chat.hears('Once')
  let tries = 0
  rig.channel.onEdit = () => {
    tries += 1
    throw new DeliveryError('retry', 'Too many.', { retryAfterMs: 30_000 })
  }
  for (let word = 0; word < 40; word += 1) await writer.writes(rig, ` ${word}`)
  assert.equal(tries, 1)
  rig.channel.onEdit = () => undefined
  await writer.ends(rig)
  await rig.pass(100)
  assert.match(rig.channel.edits.at(-1)?.text ?? '', /39\.$/)
})

test('an answer whose preview was deleted is sent as a message of its own', async () => {
  const { rig, writer } = await start('edit')
  await using _ = rig
  await rig.chat.says('tell me')
  await writer.writes(rig, 'Once')
  await rig.chat.hears('Once')
  rig.channel.onEdit = () => {
    throw new DeliveryError('rejected', 'The message is gone.')
  }
  await writer.ends(rig)
  await rig.chat.hears('Once.')
})

test('after a crash the next attempt goes on in the same message', async () => {
  const { rig, writer } = await start('edit')
  await using _ = rig
  await rig.chat.says('tell me')
  await writer.writes(rig, 'Once')
  await rig.chat.hears('Once')
  await rig.dies()
  await rig.start()
  await rig.pass(1000)
  await writer.writes(rig, 'Twice')
  await rig.pass(1500)
  await writer.ends(rig)
  await rig.pass(100)
  assert.equal(rig.channel.arrived.length, 1)
  assert.equal(rig.channel.edits.at(-1)?.text, 'Twice.')
})

test('after an orderly restart the answer takes the place of what the last process showed', async () => {
  const { rig, writer } = await start('edit')
  await using _ = rig
  await rig.chat.says('tell me')
  await writer.writes(rig, 'Once')
  await rig.chat.hears('Once')
  await rig.stop()
  await rig.start()
  await rig.settle()
  await writer.ends(rig)
  await rig.pass(100)
  assert.equal(rig.channel.arrived.length, 1)
  assert.equal(rig.channel.edits.at(-1)?.text, '.')
})

test('a channel that shows nothing while it is written gets the answer alone', async () => {
  const { rig, writer } = await start('off')
  await using _ = rig
  await rig.chat.says('tell me')
  await writer.writes(rig, 'Once')
  await rig.pass(3000)
  assert.equal(rig.channel.arrived.length, 0)
  await writer.ends(rig)
  await rig.chat.hears('Once.')
})

test('what the agent does beside writing stands below the answer until it is finished', async () => {
  const runtime = new ScriptedRuntime()
  const gate = Promise.withResolvers<void>()
  runtime.script = () =>
    async function* (): AsyncGenerator<RuntimeEvent> {
      yield { type: 'tool', name: 'read', state: 'running', title: 'notes.md' }
      yield { type: 'tool', name: 'bash', state: 'running', title: 'npm test' }
      yield { type: 'text', delta: 'All **well' }
      await gate.promise
      yield { type: 'done', reply: plain('All well.') }
    }
  const streams = new Map([['fake', 'edit' as const]])
  await using rig = await startRig({ runtime, settings: { streams } })
  await rig.chat.says('check it')
  await rig.pass(1500)
  assert.equal(rig.channel.edits.at(-1)?.text, 'All well\n\nReading notes.md\nRunning npm test')
  gate.resolve()
  await rig.pass(1500)
  assert.equal(rig.channel.arrived.length, 1)
  assert.equal(rig.channel.edits.at(-1)?.text, 'All well.')
})
