import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { findChromium, findScreenshotFolder } from '../../test/chromium.ts'
import { fillWithSamples } from './chat-samples.ts'
import { findTooWide } from './find-too-wide.ts'
import { PageBench, phone } from './page-bench.ts'

const chromium = findChromium()
const shots = findScreenshotFolder()
const smallPhone = { ...phone, viewport: { width: 360, height: 640 } }

describe('the layout of the page', { skip: 'missing' in chromium && chromium.missing }, () => {
  let bench: PageBench
  before(async () => {
    assert('path' in chromium)
    bench = await PageBench.open(chromium.path)
  })
  after(async () => await bench.close())

  test('nothing scrolls sideways on a phone 360 pixels wide', async () => {
    await using gateway = await bench.gateway()
    fillWithSamples(gateway)
    const { page, complaints } = await bench.enter(gateway, smallPhone)
    await page.getByText('Good. Then').first().waitFor()
    assert.deepEqual(await findTooWide(page), [])
    await page.getByRole('textbox', { name: 'Message' }).fill('/')
    await page.getByRole('option', { name: '/queue' }).waitFor()
    assert.deepEqual(await findTooWide(page), [])
    await page.getByRole('button', { name: /Gateway status/ }).click()
    await page.getByText('Nothing is waiting.').waitFor()
    assert.deepEqual(await findTooWide(page), [])
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Open the list of chats' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'New chat' }).click()
    await page.getByText('This is your line to the agent').waitFor()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    assert.deepEqual(await findTooWide(page), [])
    assert.deepEqual(complaints, [])
  })

  test('on a phone Enter starts a new line and the button sends', async () => {
    await using gateway = await bench.gateway()
    const { page } = await bench.enter(gateway, phone)
    await page.getByRole('textbox', { name: 'Message' }).fill('one')
    await page.keyboard.press('Enter')
    await page.keyboard.type('two')
    await page.getByRole('button', { name: 'Send' }).tap()
    await page.getByText('Queued').waitFor()
    assert.equal(gateway.sends[0]?.text, 'one\ntwo')
  })

  test('the commands menu is worked by keyboard', async () => {
    await using gateway = await bench.gateway()
    const { page } = await bench.enter(gateway)
    const field = page.getByRole('textbox', { name: 'Message' })
    await field.pressSequentially('/st')
    await page
      .getByRole('option', { name: '/stop' })
      .and(page.locator('[aria-selected=true]'))
      .waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    assert.equal(await field.inputValue(), '/status')
    await page.keyboard.press('Enter')
    await page.getByRole('article', { name: 'You' }).waitFor()
    assert.equal(gateway.sends[0]?.text, '/status')
  })

  test('older messages and new ones leave what is being read where it is', async () => {
    await using gateway = await bench.gateway()
    for (let line = 1; line <= 120; line++) gateway.say('main', { text: `Line ${line}.` })
    const { page } = await bench.enter(gateway)
    const log = page.getByRole('log')
    const first = page.getByText('Line 71.', { exact: true })
    await page.getByText('Line 120.', { exact: true }).waitFor()
    assert.equal(await isAtEnd(page), true)

    const loaded = page.waitForResponse('**/messages?before=*')
    await log.evaluate((element) => element.scrollTo(0, 40))
    const before = (await first.boundingBox())!.y
    await loaded
    await page.getByText('Line 21.', { exact: true }).waitFor()
    assert(Math.abs((await first.boundingBox())!.y - before) < 2, 'the line read has not moved')

    gateway.say('main', { text: 'Something new.' })
    await page.getByRole('button', { name: 'New messages' }).waitFor()
    assert(Math.abs((await first.boundingBox())!.y - before) < 2, 'the line read has not moved')
    await page.getByRole('button', { name: 'New messages' }).click()
    await page.getByRole('button', { name: 'New messages' }).waitFor({ state: 'detached' })
    assert.equal(await isAtEnd(page), true)
    gateway.say('main', { text: 'And more.' })
    await log.getByText('And more.').waitFor()
    await page.waitForFunction(() => {
      const list = document.querySelector('[role=log]')!
      return list.scrollHeight - list.scrollTop - list.clientHeight < 2
    })
  })

  test('screenshots', {
    skip: shots === null && 'JACKDAW_SCREENSHOTS names no folder.',
  }, async () => {
    assert(shots !== null)
    mkdirSync(shots, { recursive: true })
    for (const colorScheme of ['light', 'dark'] as const)
      for (const [device, options] of Object.entries({ desktop: {}, phone })) {
        await using gateway = await bench.gateway()
        const shoot = async (page: Page, name: string) => {
          await page.screenshot({
            path: join(shots, `${name}-${device}-${colorScheme}.png`),
            animations: 'disabled',
          })
        }
        const { page: door } = await bench.visit(gateway.url, { ...options, colorScheme })
        await door.getByRole('button', { name: 'Sign in' }).waitFor()
        await shoot(door, 'sign-in')
        const { page } = await bench.enter(gateway, { ...options, colorScheme })
        await page.getByText('This is your line to the agent').waitFor()
        await shoot(page, 'empty')
        const run = fillWithSamples(gateway)
        await page.getByRole('heading', { name: 'Which of the machines' }).waitFor()
        await page.waitForFunction(() => [...document.images].every((image) => image.complete))
        await shoot(page, 'chat')
        await page.getByRole('log').evaluate((element) => element.scrollTo(0, 0))
        await shoot(page, 'chat-top')
        await page.getByRole('log').evaluate((element) => element.scrollTo(0, 620))
        await shoot(page, 'chat-middle')
        gateway.emit('main', 'text', {
          run,
          text: 'Looking through the log now. So far\nthere are two candidates',
          steps: ['Reading 3 files', 'Running grep -n "lease lost" gateway.log'],
        })
        await page.getByRole('log').evaluate((element) => element.scrollTo(0, element.scrollHeight))
        await page.getByRole('textbox', { name: 'Message' }).fill('/')
        await shoot(page, 'commands')
        await page.getByRole('textbox', { name: 'Message' }).fill('')
        await page.getByRole('button', { name: /Gateway status/ }).click()
        await page.getByText('Nothing is waiting.').waitFor()
        await shoot(page, 'status')
        await page.keyboard.press('Escape')
        if (device === 'phone') {
          await page.getByRole('button', { name: 'Open the list of chats' }).click()
          await page.getByRole('dialog').getByRole('button', { name: 'New chat' }).waitFor()
          await shoot(page, 'drawer')
          await page.keyboard.press('Escape')
        }
        await gateway.stop()
        await page.getByText('Connection lost.').waitFor()
        await page.getByRole('textbox', { name: 'Message' }).fill('Is it fixed?')
        if (device === 'phone') await page.getByRole('button', { name: 'Send' }).tap()
        else await page.keyboard.press('Enter')
        await page.getByText('Not sent.').waitFor()
        await shoot(page, 'lost')
      }
  })
})

async function isAtEnd(page: Page): Promise<boolean> {
  return await page
    .getByRole('log')
    .evaluate((list) => list.scrollHeight - list.scrollTop - list.clientHeight < 2)
}
