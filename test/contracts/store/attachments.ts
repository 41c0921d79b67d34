import assert from 'node:assert/strict'
import type { InboundAttachment, StoredFile } from '../../../core/model.ts'
import { ada, bob } from './places.ts'
import { type Engine, scenes, type World } from './world.ts'

const photo: InboundAttachment = { ref: 'file-1', kind: 'photo', mime: 'image/jpeg', size: 1000 }
const voice: InboundAttachment = {
  ref: 'file-2',
  kind: 'voice',
  name: 'note.ogg',
  durationMs: 3000,
}

function fileOf(letter: string): StoredFile {
  return { sha256: letter.repeat(64), name: `${letter}.jpg`, mime: 'image/jpeg', size: 999 }
}

async function pendingIds(world: World): Promise<string[]> {
  return (await world.store.attachments.pending(100)).map(({ id }) => id)
}

export function attachmentsContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} attachments`, engine)

  scene(
    'files wait to be fetched, as the platform described them, the oldest first',
    async (world) => {
      await world.says('look', {}, { attachments: [photo, voice] })
      const pending = await world.store.attachments.pending(10)
      const { name: _, ...first } = pending[0]?.attachment ?? { name: '' }
      assert.deepEqual([pending[0]?.address, first], [ada, photo])
      assert.deepEqual([pending[1]?.address, pending[1]?.attachment], [ada, voice])
      assert.equal((await world.store.attachments.pending(1)).length, 1)
    },
  )

  scene('a run waits until its last file is there, and is due then', async (world) => {
    await world.says('look', {}, { attachments: [photo, voice] })
    const [first, second] = await pendingIds(world)
    assert.ok(first && second)
    assert.equal(await world.nextRunAt(), world.now + 60_000)
    await world.store.attachments.stored(first, fileOf('a'), world.now)
    assert.equal(await world.nextRunAt(), world.now + 60_000)
    world.now += 100
    await world.store.attachments.stored(
      second,
      { ...fileOf('b'), mime: 'audio/ogg', name: 'b.ogg' },
      world.now,
    )
    const attachments = (await world.claimOne()).messages[0]?.attachments
    assert.deepEqual(attachments?.[0], {
      id: first,
      ref: 'file-1',
      kind: 'photo',
      name: 'a.jpg',
      state: 'stored',
      file: fileOf('a'),
    })
    assert.deepEqual(
      [attachments?.[1]?.state, attachments?.[1]?.file?.mime, attachments?.[1]?.durationMs],
      ['stored', 'audio/ogg', 3000],
    )
    assert.deepEqual(await pendingIds(world), [])
  })

  scene('what is said in a voice message stays with it', async (world) => {
    await world.says('', {}, { attachments: [voice] })
    const [id] = await pendingIds(world)
    await world.store.attachments.stored(id ?? '', fileOf('a'), world.now, 'buy milk')
    const [attachment] = (await world.claimOne()).messages[0]?.attachments ?? []
    assert.equal(attachment?.transcript, 'buy milk')
  })

  scene(
    'old files are let go with a line in their place, those of open runs stay',
    async (world) => {
      await world.says('look', {}, { attachments: [photo] })
      const [id] = await pendingIds(world)
      const { attachments } = world.store
      await attachments.stored(id ?? '', fileOf('a'), world.now)
      const line = ({ kind }: { kind: string }) => `[${kind}: no longer kept]`
      world.now += 1000
      assert.equal(await attachments.expire(world.now, 10, line), 0, 'its run is queued')
      const run = await world.claimOne()
      await world.store.runs.complete(run.lease, { text: '', files: [], chunks: [] }, world.now)
      assert.equal(await attachments.expire(world.now - 1000, 10, line), 0, 'it is not old enough')
      assert.equal(await attachments.expire(world.now, 10, line), 1)
      assert.equal(await attachments.expire(world.now, 10, line), 0)
      assert.equal(await attachments.isReferenced(fileOf('a').sha256, world.now), false)
    },
  )

  scene('a file that cannot be had is said, and the run is due', async (world) => {
    await world.says('look', {}, { attachments: [photo] })
    const [id] = await pendingIds(world)
    await world.store.attachments.unavailable(id ?? '', '[photo, 31 MB: too large]', world.now)
    const [attachment] = (await world.claimOne()).messages[0]?.attachments ?? []
    assert.deepEqual(
      [attachment?.state, attachment?.unavailable, attachment?.file],
      ['unavailable', '[photo, 31 MB: too large]', undefined],
    )
    assert.deepEqual(await pendingIds(world), [])
  })

  scene('a run waits no longer than its deadline', async (world) => {
    await world.says('look', { attachmentsMs: 60_000 }, { attachments: [photo] })
    world.now += 60_000
    const [attachment] = (await world.claimOne()).messages[0]?.attachments ?? []
    assert.equal(attachment?.state, 'pending')
  })

  scene('files that are there do not cut short the window for further parts', async (world) => {
    const began = world.now
    await world.says('look', { windowMs: 2000 }, { attachments: [photo] })
    const [id] = await pendingIds(world)
    world.now += 500
    await world.store.attachments.stored(id ?? '', fileOf('a'), world.now)
    assert.equal(await world.nextRunAt(), began + 2000)
  })

  scene('a part without files does not hurry the files of a part before it', async (world) => {
    await world.says('look', {}, { attachments: [photo] })
    assert.equal((await world.says('and tell me')).isFolded, true)
    assert.equal(await world.nextRunAt(), world.now + 60_000)
    const [id] = await pendingIds(world)
    await world.store.attachments.stored(id ?? '', fileOf('a'), world.now)
    assert.equal((await world.claimOne()).messages.length, 2)
  })

  scene('a file that comes with a later part is waited for too', async (world) => {
    await world.says('look', {}, { attachments: [photo] })
    const [first] = await pendingIds(world)
    world.now += 1000
    await world.says('and this', {}, { attachments: [voice] })
    const [, second] = await pendingIds(world)
    await world.store.attachments.stored(first ?? '', fileOf('a'), world.now)
    assert.equal(await world.nextRunAt(), world.now + 60_000)
    await world.store.attachments.stored(second ?? '', fileOf('b'), world.now)
    await world.claimOne()
  })

  scene(
    'a run that is to be tried again later is not hurried by a file that comes late',
    async (world) => {
      await world.says('look', {}, { attachments: [photo] })
      const [id] = await pendingIds(world)
      world.now += 60_000
      const run = await world.claimOne()
      await world.store.runs.retry(
        run.lease,
        { code: 'busy', message: 'Busy.' },
        world.now + 30_000,
        world.now,
      )
      await world.store.attachments.stored(id ?? '', fileOf('a'), world.now)
      assert.equal(await world.nextRunAt(), world.now + 30_000)
    },
  )

  scene(
    'the files of what was only observed are fetched, those of what was dropped are not',
    async (world) => {
      await world.accept(world.record('aside', { attachments: [photo] }), {
        as: 'dropped',
        reason: 'blocked',
      })
      assert.deepEqual(await pendingIds(world), [])
    },
  )

  scene('the same file in two messages is one content with two names', async (world) => {
    await world.says('one', {}, { attachments: [photo] })
    await world.says('two', {}, { attachments: [photo], address: bob })
    const ids = await pendingIds(world)
    for (const [index, id] of ids.entries()) {
      await world.store.attachments.stored(
        id,
        { ...fileOf('a'), name: `name-${index}.jpg` },
        world.now,
      )
    }
    assert.ok(await world.store.attachments.isReferenced(fileOf('a').sha256, world.now))
    assert.equal(await world.store.attachments.isReferenced(fileOf('f').sha256, world.now), false)
    assert.equal((await world.store.attachments.find(fileOf('a').sha256))?.size, 999)
    assert.equal(await world.store.attachments.find(fileOf('f').sha256), undefined)
    const runs = await world.claim()
    assert.deepEqual(
      runs.map(({ messages }) => messages[0]?.attachments[0]?.name),
      ['name-0.jpg', 'name-1.jpg'],
    )
  })

  scene('a file an agent sends is kept until it was sent and its time is over', async (world) => {
    await world.says('draw')
    const file = fileOf('e')
    const result = { text: 'here', files: [file], chunks: [{ text: '', file }] }
    assert.ok(await world.store.runs.complete((await world.claimOne()).lease, result, world.now))
    assert.ok(await world.store.attachments.isReferenced(file.sha256, world.now))
    assert.deepEqual(await world.store.attachments.find(file.sha256), file)
    assert.ok(
      await world.store.attachments.isReferenced(file.sha256, world.now + 1),
      'not sent yet',
    )
    await world.delivers()
    assert.ok(await world.store.attachments.isReferenced(file.sha256, world.now))
    world.now += 1
    assert.equal(await world.store.attachments.isReferenced(file.sha256, world.now), false)
  })

  scene('a file is settled once', async (world) => {
    await world.says('look', {}, { attachments: [photo] })
    const [id] = await pendingIds(world)
    await world.store.attachments.stored(id ?? '', fileOf('a'), world.now)
    await world.store.attachments.unavailable(id ?? '', '[photo: could not be fetched]', world.now)
    await world.store.attachments.stored('a999', fileOf('b'), world.now)
    const [attachment] = (await world.claimOne()).messages[0]?.attachments ?? []
    assert.deepEqual(attachment?.file, fileOf('a'))
  })
}
