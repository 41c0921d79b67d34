import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { findChromium, findScreenshotFolder } from './chromium.ts'
import { launchChromium } from './rigs/browser.ts'
import { GatewayProcess } from './rigs/gateway-process.ts'
import { ModelServer } from './servers/model.ts'

const chromium = findChromium()
const sizes = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } }

const answer = `Here is the plan:

1. **Water** the plants
2. Call \`mum\`

| Day | Task |
|---|---|
| Mon | Shopping |

\`\`\`ts
const done = true
\`\`\``

describe('the page of the real gateway', {
  skip: 'missing' in chromium && chromium.missing,
}, () => {
  let browser: Browser
  before(async () => {
    assert('path' in chromium)
    browser = await launchChromium(chromium.path)
  })
  after(async () => await browser.close())

  for (const [name, viewport] of Object.entries(sizes)) {
    test(`on a ${name} a person signs in, asks, sees the answer written and finds it again`, async () => {
      const dir = await mkdtemp(join(tmpdir(), 'jackdaw-page-'))
      const model = await ModelServer.start({ apiKey: 'sk-test' })
      const gateway = await GatewayProcess.start(dir, {
        queue: { debounceMs: 0 },
        agents: {
          main: {
            runtime: { type: 'openai', baseUrl: model.url, apiKey: 'sk-test', model: 'scripted-1' },
          },
        },
      })
      try {
        const url = await gateway.ready
        const token = (await readFile(join(dir, 'data/token'), 'utf8')).trim()
        const page = await (await browser.newContext({ viewport })).newPage()
        const complaints = listen(page)
        await page.goto(url)
        await shoot(page, `${name}-sign-in`)
        await page.getByLabel('Token or one-time code', { exact: true }).fill(token)
        await page.keyboard.press('Enter')

        const pieces = Promise.withResolvers<void>()
        model.next({ type: 'paced', pieces: halves(answer, pieces.promise) })
        const message = page.getByRole('textbox', { name: 'Message' })
        await message.fill('What is the plan for today?')
        await page.getByRole('button', { name: 'Send' }).click()
        // Half of the answer is there while the model still writes.
        await page.getByText('Here is the plan').waitFor()
        await shoot(page, `${name}-live`)
        pieces.resolve()
        await page.locator('pre code').getByText('const done = true').waitFor()
        await page.locator('table').getByText('Shopping').waitFor()
        await shoot(page, `${name}-answer`)
        assert.equal(await overflow(page), 0, 'nothing is wider than the screen')

        await page.reload()
        await page.locator('ol li').getByText('the plants').waitFor()
        await message.fill('/status')
        await page.getByRole('button', { name: 'Send' }).click()
        await page.getByRole('log').getByText('Nothing is running.').waitFor()
        assert.deepEqual(complaints, [])
      } finally {
        await gateway.stop()
        await model[Symbol.asyncDispose]()
        await rm(dir, { recursive: true })
      }
    })

    test(`on a ${name} messages are answered, and that of a job arrives in the chat`, async () => {
      const dir = await mkdtemp(join(tmpdir(), 'jackdaw-page-'))
      const gateway = await GatewayProcess.start(dir, {
        // Long enough to be seen on a busy machine; the default is 600.
        queue: { debounceMs: 3000 },
        agents: { main: { runtime: { type: 'echo' } } },
      })
      try {
        const url = await gateway.ready
        const token = (await readFile(join(dir, 'data/token'), 'utf8')).trim()
        const page = await (await browser.newContext({ viewport })).newPage()
        const complaints = listen(page)
        await page.goto(url)
        await page.getByLabel('Token or one-time code', { exact: true }).fill(token)
        await page.keyboard.press('Enter')
        const dots = page.locator('.message-dots')
        for (const text of ['Hello', 'Hello again']) {
          await page.getByRole('textbox', { name: 'Message' }).fill(text)
          await page.getByRole('button', { name: 'Send' }).click()
          // The window for further parts: somebody listens.
          await dots.waitFor()
          await page.getByRole('article', { name: 'Jackdaw,' }).getByText(text).last().waitFor()
          await dots.waitFor({ state: 'detached' })
        }

        await page.goto(`${url}#/jobs`)
        await page.getByRole('button', { name: 'New job' }).click()
        await page.getByRole('textbox', { name: 'Message' }).fill('Water the tomatoes')
        await page.getByRole('textbox', { name: 'When' }).fill('in 5 seconds')
        await page.getByLabel('Where to').selectOption({ index: 1 })
        await page.getByRole('button', { name: 'Plan it' }).click()
        const job = page.getByRole('article', { name: 'Water the tomatoes' })
        await job.getByText('done').waitFor()
        await job.getByText('delivered', { exact: true }).waitFor()
        await shoot(page, `${name}-job`)
        await page.goto(`${url}#/questions`)
        await page.getByRole('heading', { name: 'No open questions' }).waitFor()
        await page.goto(`${url}#/usage`)
        await page.getByRole('heading', { name: 'Limits of a day' }).waitFor()
        assert.equal(await overflow(page), 0, 'nothing is wider than the screen')
        await page.goto(`${url}#/chats/main`)
        await page
          .getByRole('article', { name: 'Jackdaw' })
          .getByText('Water the tomatoes')
          .waitFor()
        assert.deepEqual(complaints, [])
      } finally {
        await gateway.stop()
        await rm(dir, { recursive: true })
      }
    })
  }
})

function listen(page: Page): string[] {
  page.setDefaultTimeout(20_000)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (line) => {
    // Not being signed in yet is part of the story.
    if (line.type() === 'error' && !line.text().startsWith('Failed to load resource'))
      complaints.push(line.text())
  })
  return complaints
}

async function* halves(text: string, goOn: Promise<void>): AsyncIterable<string> {
  const middle = text.indexOf('2.')
  yield text.slice(0, middle)
  await goOn
  yield text.slice(middle)
}

function overflow(page: Page): Promise<number> {
  return page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
}

async function shoot(page: Page, name: string): Promise<void> {
  const folder = findScreenshotFolder()
  if (folder !== null) await page.screenshot({ path: join(folder, `${name}.png`) })
}
