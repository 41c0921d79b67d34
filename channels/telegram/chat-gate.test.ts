import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChatGate } from './chat-gate.ts'

test('a proof is alone: after the sends of its chat that are under way, and before any other, each time', async () => {
  const gate = new ChatGate()
  const told: string[] = []
  for (const round of [1, 2]) {
    const sends = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const under = sends.map((send, number) =>
      gate.send('5', async () => {
        await send.promise
        told.push(`send ${round}.${number}`)
      }),
    )
    const proof = gate.prove('5', async () => void told.push(`proof ${round}`))
    const later = gate.send('5', async () => void told.push(`later ${round}`))
    await gate.send('6', async () => void told.push(`elsewhere ${round}`))
    for (const send of sends) send.resolve()
    await Promise.all([...under, proof, later])
  }
  assert.deepEqual(
    told,
    [1, 2].flatMap((round) => [
      `elsewhere ${round}`,
      `send ${round}.0`,
      `send ${round}.1`,
      `proof ${round}`,
      `later ${round}`,
    ]),
  )
})

test('sends do not wait for each other, and one that fails lets a proof begin', async () => {
  const gate = new ChatGate()
  const first = Promise.withResolvers<void>()
  const slow = gate.send('5', () => first.promise)
  assert.equal(await gate.send('5', async () => 'quick'), 'quick')
  const proof = gate.prove('5', async () => 'proven')
  first.reject(new Error('cut off'))
  await assert.rejects(slow, /cut off/)
  assert.equal(await proof, 'proven')
  await assert.rejects(
    gate.prove('5', () => Promise.reject(new Error('no'))),
    /no/,
  )
  assert.equal(await gate.send('5', async () => 'on'), 'on')
})
