import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { DeliveryError } from '../../core/errors.ts'
import { openPolicy } from '../../test/fakes/settings.ts'
import { startToolsRig, type ToolsRig } from '../../test/rigs/tools-rig.ts'

const policies = new Map([['fake', { ...openPolicy, owners: new Set(['9']) }]])

/** An owner who can be told. */
async function ownerOf(tools: ToolsRig) {
  const owner = tools.direct({ id: '9', name: 'Olga' })
  await owner.says('hello')
  await owner.hears('re: hello')
  return owner
}

test('an owner hears once that what an agent sent with a tool cannot be delivered', async () => {
  await using tools = await startToolsRig(['work'], { settings: { policies } })
  const owner = await ownerOf(tools)
  const { token } = await tools.begin(tools.direct({ id: '1' }), 'work')
  tools.rig.channel.onSend = ({ to }) => {
    if (to.chat === '1') throw new DeliveryError('rejected', 'Too long.')
  }
  await mkdir(tools.workspace, { recursive: true })
  await writeFile(join(tools.workspace, 'notes.txt'), 'notes')
  await tools.call(token, 'send_message', { text: 'Half of it is done.' })
  await owner.hears(
    /^A message that the agent sent on fake beside its answer could not be delivered \(trace r2\): Too long\./,
  )
  await tools.call(token, 'send_message', { text: 'All of it.' })
  await tools.call(token, 'send_file', { path: 'notes.txt' })
  await tools.rig.settle()
  await owner.hearsNothingMore()
})

test('what waits behind a message that finds the chat dead is told of too', async () => {
  await using tools = await startToolsRig(['work'], { settings: { policies } })
  const owner = await ownerOf(tools)
  const ana = tools.direct({ id: '1' })
  const { token } = await tools.begin(ana, 'work')
  const gate = Promise.withResolvers<void>()
  tools.rig.channel.onSend = async ({ to }) => {
    if (to.chat !== '1') return
    await gate.promise
    throw new DeliveryError('dead', 'Blocked by the user.')
  }
  const { deliveries } = tools.rig.store
  const { address } = ana
  await deliveries.queue(address, { chunks: [{ text: 'Hi.' }], lane: 'answer' }, 'key-1', 1)
  tools.rig.core.outbox.wake()
  await tools.rig.settle()
  await tools.call(token, 'send_message', { text: 'Half of it is done.' })
  gate.resolve()
  await owner.hears(/^A message that the agent sent on fake .*Blocked by the user\./)
  await owner.hearsNothingMore()
})

test('that a message to the only owner is lost is told to nobody, and goes round nowhere', async () => {
  await using tools = await startToolsRig(['work'], { settings: { policies } })
  const owner = tools.direct({ id: '9' })
  const { token } = await tools.begin(owner, 'work')
  tools.rig.channel.onSend = () => {
    throw new DeliveryError('rejected', 'Refused.')
  }
  await tools.call(token, 'send_message', { text: 'Half of it is done.' })
  await tools.call(token, 'notify_owner', { text: 'Look.', severity: 'warn' })
  await tools.rig.pass(10_000)
  const { items } = await tools.rig.store.views.deliveries({ limit: 20 })
  assert.deepEqual(
    items.map(({ state }) => state),
    ['discarded', 'discarded', 'discarded'],
  )
})
