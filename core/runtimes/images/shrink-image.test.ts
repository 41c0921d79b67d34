import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import sharp from 'sharp'
import { shrinkImage } from './shrink-image.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'images-'))
})
after(async () => await rm(folder, { recursive: true }))

const { signal } = new AbortController()
const maxBytes = 5 * 1024 * 1024

/** A picture that does not compress, as photos of foliage do not. */
async function noise(name: string, width: number, height: number, channels: 3 | 4 = 3) {
  const path = join(folder, name)
  const pixels = Buffer.alloc(width * height * channels)
  for (let index = 0, seed = 7; index < pixels.length; index += 1) {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff
    pixels[index] = seed >> 16
  }
  await sharp(pixels, { raw: { width, height, channels } }).toFile(path)
  return path
}

test('a small picture goes as it is, byte for byte', async () => {
  const path = join(folder, 'small.png')
  const bytes = Buffer.from('not looked into')
  await writeFile(path, bytes)
  assert.deepEqual(await shrinkImage(path, 'image/png', { maxBytes, signal }), {
    mime: 'image/png',
    bytes,
  })
})

test('a large photo is scaled down to an upright JPEG within the limit', async () => {
  const path = await noise('large.jpg', 3000, 2000)
  const turned = join(folder, 'turned.jpg')
  await sharp(path).withMetadata({ orientation: 6 }).toFile(turned)
  const image = await shrinkImage(turned, 'image/jpeg', { maxBytes, signal })
  assert.ok(image && image.bytes.length <= maxBytes)
  const { width, height, format } = await sharp(image.bytes).metadata()
  assert.deepEqual([format, width, height], ['jpeg', 1365, 2048])
})

test('what is see-through stays so where it fits, and turns white where it does not', async () => {
  const path = await noise('glass.png', 2500, 500, 4)
  const kept = await shrinkImage(path, 'image/png', { maxBytes, signal })
  assert.ok(kept?.mime === 'image/png')
  const less = kept.bytes.length - 1
  const flat = await shrinkImage(path, 'image/png', { maxBytes: less, signal })
  assert.equal(flat?.mime, 'image/jpeg')
})

test('a picture that says it is endless, or is none, is not taken', async () => {
  const bomb = join(folder, 'bomb.svg')
  await writeFile(
    bomb,
    `<svg xmlns="http://www.w3.org/2000/svg" width="90000" height="90000">${' '.repeat(600_000)}</svg>`,
  )
  await assert.rejects(shrinkImage(bomb, 'image/png', { maxBytes, signal }), /pixel/i)
  const none = join(folder, 'none.jpg')
  await writeFile(none, Buffer.alloc(600_000, 1))
  await assert.rejects(shrinkImage(none, 'image/jpeg', { maxBytes, signal }))
})
