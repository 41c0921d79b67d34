import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { findChromium, findScreenshotFolder } from '../../test/chromium.ts'
import { findTooWide } from './find-too-wide.ts'
import { PageBench, phone } from './page-bench.ts'
import { fillQuestions, fillUsage } from './place-samples.ts'

const chromium = findChromium()
const shots = findScreenshotFolder()
const devices = {
  desktop: {},
  phone,
  'small-phone': { ...phone, viewport: { width: 360, height: 640 } },
}
const places = {
  questions: { fill: fillQuestions, sign: 'Always allowed' },
  usage: { fill: fillUsage, sign: 'Limits of a day' },
} as const

describe('the layout of the places beside the chat', {
  skip: 'missing' in chromium && chromium.missing,
}, () => {
  let bench: PageBench
  before(async () => {
    assert('path' in chromium)
    bench = await PageBench.open(chromium.path)
  })
  after(async () => await bench.close())

  for (const [device, options] of Object.entries(devices))
    test(`nothing is wider than a ${device}`, async () => {
      await using gateway = await bench.gateway()
      const { page, complaints } = await bench.enter(gateway, options)
      for (const [name, { fill, sign }] of Object.entries(places)) {
        fill(gateway.places)
        await page.goto(`${gateway.url}#/${name}`)
        await page.getByRole('heading', { name: sign }).waitFor()
        assert.deepEqual(await findTooWide(page), [], name)
      }
      assert.deepEqual(complaints, [])
    })

  test('screenshots', {
    skip: shots === null && 'JACKDAW_SCREENSHOTS names no folder.',
  }, async () => {
    assert(shots !== null)
    mkdirSync(shots, { recursive: true })
    for (const colorScheme of ['light', 'dark'] as const)
      for (const device of ['desktop', 'phone'] as const) {
        await using gateway = await bench.gateway()
        const { page } = await bench.enter(gateway, { ...devices[device], colorScheme })
        for (const [name, { fill, sign }] of Object.entries(places)) {
          fill(gateway.places)
          await page.goto(`${gateway.url}#/${name}`)
          await page.getByRole('heading', { name: sign }).waitFor()
          const file = `${name}-${device}-${colorScheme}.png`
          await page.screenshot({ path: join(shots, file), animations: 'disabled' })
        }
        if (device === 'desktop') continue
        await page.getByRole('button', { name: 'Open the list of chats' }).tap()
        await page.getByRole('dialog').getByRole('link', { name: 'Usage' }).waitFor()
        const file = `places-drawer-${colorScheme}.png`
        await page.screenshot({ path: join(shots, file), animations: 'disabled' })
      }
  })
})
