import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { findChromium, findScreenshotFolder } from '../../test/chromium.ts'
import { findTooWide } from './find-too-wide.ts'
import { PageBench, phone } from './page-bench.ts'
import { fillJobs, fillQuestions, fillUsage } from './place-samples.ts'

const chromium = findChromium()
const shots = findScreenshotFolder()
const devices = {
  desktop: {},
  phone,
  'small-phone': { ...phone, viewport: { width: 360, height: 640 } },
}
const places = {
  questions: { fill: fillQuestions, sign: 'Always allowed' },
  jobs: { fill: fillJobs, sign: 'Heartbeat' },
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
        if (name !== 'jobs') continue
        await page.getByRole('button', { name: 'History: Morning brief' }).click()
        await openJobForm(page)
        assert.deepEqual(await findTooWide(page), [], 'the form of a job')
        await page.getByRole('button', { name: 'Cancel' }).click()
        await openEditForm(page)
        assert.deepEqual(await findTooWide(page), [], 'the form in which a job is changed')
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
          if (name !== 'jobs') continue
          await openJobForm(page)
          const form = `job-form-${device}-${colorScheme}.png`
          await page.screenshot({ path: join(shots, form), animations: 'disabled' })
          await page.getByRole('button', { name: 'Cancel' }).click()
          await openEditForm(page)
          const edit = `job-edit-${device}-${colorScheme}.png`
          await page.screenshot({ path: join(shots, edit), animations: 'disabled' })
          await page.getByRole('button', { name: 'Cancel' }).click()
          await page.getByRole('button', { name: 'History: Morning brief' }).click()
          await page.getByRole('list', { name: 'History' }).waitFor()
          const history = `job-history-${device}-${colorScheme}.png`
          await page.screenshot({ path: join(shots, history), animations: 'disabled' })
        }
        if (device === 'desktop') continue
        await page.getByRole('button', { name: 'Open the list of chats' }).tap()
        await page.getByRole('dialog').getByRole('link', { name: 'Usage' }).waitFor()
        const file = `places-drawer-${colorScheme}.png`
        await page.screenshot({ path: join(shots, file), animations: 'disabled' })
      }
  })
})

/** Opens the form of a new job and writes when, so that the next times are shown. */
async function openJobForm(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'New job' }).click()
  await page.getByRole('textbox', { name: 'Message' }).fill('Take out the paper')
  await page.getByRole('textbox', { name: 'When' }).fill('every weekday at 8')
  await page.getByRole('form').getByText('Day 5 of March').waitFor()
}

async function openEditForm(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Edit: Morning brief' }).click()
  const form = page.getByRole('form', { name: 'Change Morning brief' })
  await form.getByRole('textbox', { name: 'When' }).fill('every weekday at 8')
  await form.getByText('Clocks go forward').waitFor()
}
