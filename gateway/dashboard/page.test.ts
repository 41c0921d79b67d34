import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { findChromium } from '../../test/chromium.ts'
import { PageBench } from './page-bench.ts'

const chromium = findChromium()
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
)

describe('the page', { skip: 'missing' in chromium && chromium.missing }, () => {
  let bench: PageBench
  before(async () => {
    assert('path' in chromium)
    bench = await PageBench.open(chromium.path)
  })
  after(async () => await bench.close())

  test('a person signs in with the token and out again', async () => {
    await using gateway = await bench.gateway()
    const { page, complaints } = await bench.visit(gateway.url)
    const field = page.getByLabel('Token or one-time code', { exact: true })
    await field.fill('wrong')
    await page.keyboard.press('Enter')
    await page.getByText('That is not right.').waitFor()
    await field.fill(gateway.token)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await message(page).waitFor()
    await page.getByText('This is your line to the agent').waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await field.waitFor()
    assert.deepEqual(complaints, [])
  })

  test('too many wrong tokens are answered with how long to wait', async () => {
    await using gateway = await bench.gateway()
    const { page } = await bench.visit(gateway.url)
    const alert = page.getByRole('alert')
    for (let attempt = 1; attempt <= 4; attempt++) {
      await page.getByLabel('Token or one-time code', { exact: true }).fill(`wrong ${attempt}`)
      const answered = page.waitForResponse('**/api/v1/login')
      await page.keyboard.press('Enter')
      await answered
    }
    await alert.filter({ hasText: 'Too many tries. Wait 30 seconds' }).waitFor()
  })

  test('a one-time link signs in and its code leaves the address bar', async () => {
    await using gateway = await bench.gateway()
    const { page } = await bench.visit(`${gateway.url}#code=ONETIME1`)
    await message(page).waitFor()
    assert.equal(page.url(), gateway.url)

    const { page: late } = await bench.visit(`${gateway.url}#code=ONETIME1`)
    await late.getByText('This sign-in link has expired or was used before.').waitFor()
    assert.equal(late.url(), gateway.url)
  })

  test('a gateway that only echoes says so, and what to do', async () => {
    await using gateway = await bench.gateway()
    const hint = 'The built-in echo answers. For real answers set OPENAI_API_KEY.'
    gateway.status = { ...gateway.status, agent: { ...gateway.status.agent, hint } }
    const { page } = await bench.enter(gateway)
    await page.getByRole('note').getByText(hint).waitFor()
    await page.getByRole('button', { name: 'Gateway status: Needs a model' }).click()
    await page.getByRole('dialog').getByText(hint).waitFor()
  })

  test('an answer is seen while it is written and then as its final text, once', async () => {
    await using gateway = await bench.gateway()
    const { page, complaints } = await bench.enter(gateway)
    await write(page, 'What is a jackdaw?')
    await article(page, 'You').getByText('What is a jackdaw?').waitFor()
    const run = gateway.chats.get('main')![0]!.run!
    gateway.run('main', run, 'running')
    gateway.emit('main', 'typing', { run, on: true })
    await page.locator('.message-dots').waitFor()
    gateway.emit('main', 'text', { run, text: 'A small\n  crow', steps: ['Reading birds.md'] })
    await article(page, 'Jackdaw is writing').getByText('A small\n  crow').waitFor()
    assert.equal(await page.locator('.message-dots').count(), 0)
    gateway.run('main', run, 'completed')
    gateway.say('main', { run, text: 'A small **crow**.', html: '<p>A small <b>crow</b>.</p>' })
    await article(page, 'Jackdaw,').getByText('A small crow.').waitFor()
    await article(page, 'Jackdaw is writing').waitFor({ state: 'detached' })
    assert.equal(await article(page, 'You').count(), 1)
    assert.equal(await article(page, 'Jackdaw').count(), 1)
    assert.deepEqual(complaints, [])
  })

  test('files are attached by button and by drop, and one too large is refused by name', async () => {
    await using gateway = await bench.gateway()
    const { page } = await bench.enter(gateway)
    const picture = { name: 'roof.png', mimeType: 'image/png', buffer: png }
    await page.getByLabel('Files to attach').setInputFiles(picture)
    await drop(page, 'notes.txt', 2048)
    await drop(page, 'film.mp4', 26 * 1024 * 1024)
    await page.getByText('“film.mp4” is 26 MB; the limit is 25 MB.').waitFor()
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('link', { name: 'roof.png' }).locator('img').waitFor()
    await page.getByRole('link', { name: 'notes.txt' }).waitFor()
    assert.deepEqual(gateway.sends[0]?.attachments[0]?.data, png.toString('base64'))
    assert.equal(gateway.files.get('/files/1')?.data.length, 2048)
  })

  test('what is written and answered while the gateway is away arrives once it is back', async () => {
    await using gateway = await bench.gateway()
    const { page } = await bench.enter(gateway)
    await gateway.stop()
    await page.getByText('Connection lost.').waitFor()
    await write(page, 'Are you there?')
    await page.getByText('Sending …').waitFor()
    gateway.say('main', { text: 'I was away for a moment.' })
    gateway.lostAnswers = 1
    await gateway.start()
    await page.getByText('I was away for a moment.').waitFor()
    await page.getByText('Sending …').waitFor({ state: 'detached' })
    await page.getByText('Connection lost.').waitFor({ state: 'detached' })
    assert.equal(await article(page, 'You').count(), 1)
    assert.equal(new Set(gateway.sends.map((send) => send.idempotencyKey)).size, 1)
    assert(gateway.sends.length >= 2, 'the lost answer makes the page repeat itself')
  })

  test('a message that cannot be sent stays, also over a reload, until it is tried again', async () => {
    await using gateway = await bench.gateway()
    const { page } = await bench.enter(gateway)
    await page.route('**/messages', async (route) =>
      route.request().method() === 'POST'
        ? await route.fulfill({ status: 400, json: { error: { message: 'Not like this.' } } })
        : await route.continue(),
    )
    await write(page, 'Keep me')
    await page.getByText('Not sent. Not like this.').waitFor()
    await page.unroute('**/messages')
    await page.reload()
    await page.getByText('Not sent. The page was closed').waitFor()
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('Queued').waitFor()
    assert.equal(await article(page, 'You').count(), 1)
  })

  test('when the session ends, what was written waits for the next sign-in', async () => {
    await using gateway = await bench.gateway()
    const { page } = await bench.enter(gateway)
    await page.context().clearCookies()
    await write(page, 'Do not lose me')
    await page.getByText('Your session has ended.').waitFor()
    await page.getByLabel('Token or one-time code', { exact: true }).fill(gateway.token)
    await page.keyboard.press('Enter')
    await page.getByText('Not sent. You were signed out meanwhile.').waitFor()
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('Queued').waitFor()
    assert.deepEqual(
      gateway.sends.map((send) => send.text),
      ['Do not lose me'],
    )
  })

  test('the stop button sends /stop while a run is active', async () => {
    await using gateway = await bench.gateway()
    const { page } = await bench.enter(gateway)
    await write(page, 'Count to a million')
    await page.getByRole('button', { name: 'Stop the agent' }).click()
    await page.getByText('/stop', { exact: true }).first().waitFor()
    assert.equal(gateway.sends.at(-1)?.text, '/stop')
    gateway.run('main', gateway.chats.get('main')![0]!.run!, 'cancelled')
    await page.getByText('Stopped').waitFor()
    await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' })
  })

  test('a button under a message is pressed once and goes when the gateway replaces it', async () => {
    await using gateway = await bench.gateway()
    const { page } = await bench.enter(gateway)
    const buttons = [
      [
        { label: 'Allow', data: 'q7:once' },
        { label: 'Deny', data: 'q7:deny' },
      ],
    ]
    const asked = gateway.say('main', { text: 'May I run `ls`?', buttons })
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.locator('button[disabled]', { hasText: 'Deny' }).waitFor()
    assert.deepEqual(gateway.presses, ['q7:once'])
    gateway.say('main', { id: asked.id, text: 'May I run `ls`? Allowed by you.', buttons: [] })
    await page.getByText('Allowed by you.').first().waitFor()
    assert.equal(await page.getByRole('button', { name: 'Allow' }).count(), 0)
  })

  test('a hostile answer runs nothing, even where no content security policy helps', async () => {
    await using gateway = await bench.gateway()
    const { page, complaints } = await bench.enter(gateway, { bypassCSP: true })
    const html =
      '<p onclick="document.title=1">Hello</p><script>document.title="hacked"</script>' +
      '<img src="x" onerror="document.title=\'hacked\'"><img src="https://tracker.example/p.png" alt="pixel">' +
      '<a href="javascript:document.title=\'hacked\'">press me</a><iframe srcdoc="<script>1</script>"></iframe>' +
      '<svg onload="document.title=\'hacked\'"></svg><form action="/x"><b style="position:fixed">end</b></form>'
    gateway.say('main', { text: 'hostile', html })
    await page.getByText('press me').click()
    assert.equal(await page.title(), 'Jackdaw')
    const answer = article(page, 'Jackdaw,')
    assert.equal(
      await answer.locator('script, iframe, svg, form, [onclick], [onerror], [style]').count(),
      0,
    )
    assert.equal(await answer.locator('a[href^="javascript"]').count(), 0)
    assert.equal(await answer.getByRole('link', { name: 'pixel' }).count(), 1)
    assert.deepEqual(complaints, [])
  })
})

function message(page: Page) {
  return page.getByRole('textbox', { name: 'Message' })
}

function article(page: Page, name: string) {
  return page.getByRole('article', { name })
}

async function write(page: Page, text: string): Promise<void> {
  await message(page).fill(text)
  await page.keyboard.press('Enter')
}

/** Drops a file of that many bytes onto the chat. */
async function drop(page: Page, name: string, size: number): Promise<void> {
  const data = await page.evaluateHandle(
    (file) => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([new Uint8Array(file.size)], file.name))
      return transfer
    },
    { name, size },
  )
  await page.locator('.chat-view').dispatchEvent('drop', { dataTransfer: data })
}
