import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { findChromium } from '../../test/chromium.ts'
import { PageBench, phone } from './page-bench.ts'

const chromium = findChromium()

describe('the questions on the page', { skip: 'missing' in chromium && chromium.missing }, () => {
  let bench: PageBench
  before(async () => {
    assert('path' in chromium)
    bench = await PageBench.open(chromium.path)
  })
  after(async () => await bench.close())

  test('an open question is counted in the list and answered by a button', async () => {
    await using gateway = await bench.gateway()
    const { places } = gateway
    places.conversations = [
      {
        id: 'c1',
        channel: 'telegram',
        chat: '-100',
        thread: null,
        title: 'Family',
        kind: 'group',
        alive: true,
      },
    ]
    places.ask({ grant: 'bash: git push *' })
    places.ask({ title: 'Delete `old.log`', channel: 'telegram', chat: '-100' })
    const { page, complaints } = await bench.enter(gateway)
    await entry(page, 'Questions 2 open').click()
    await page.getByRole('heading', { name: 'Waiting for an answer' }).waitFor()
    assert.equal(await page.title(), 'Questions · Jackdaw')
    await card(page, 'Delete')
      .getByText('main asks for permission in “Family” on telegram')
      .waitFor()

    const push = card(page, 'git push')
    await push.getByText('10 minutes left').waitFor()
    await push.getByText('Always: bash: git push *').waitFor()
    await push.getByRole('link', { name: 'in chat main on web' }).waitFor()
    await push.getByRole('button', { name: 'Always' }).click()
    await push.waitFor({ state: 'detached' })
    assert.deepEqual(places.answers, [{ id: 'q1', answer: 'always' }])
    await page.getByRole('status').getByText('Answered: Always').waitFor({ state: 'attached' })
    const heading = page.getByRole('heading', { name: 'Waiting for an answer' })
    await heading.and(page.locator(':focus')).waitFor()

    await card(page, 'Delete').getByRole('button', { name: 'Deny' }).click()
    await page.getByRole('heading', { name: 'No open questions' }).waitFor()
    await entry(page, 'Questions').and(page.locator('[aria-current=page]')).waitFor()
    assert.equal(await page.locator('.side-entry-count').count(), 0)
    assert.deepEqual(complaints, [])
  })

  test('a question takes one of its answers or words of the person', async () => {
    await using gateway = await bench.gateway()
    const { places } = gateway
    const options = [
      { id: 'a', label: 'The red one' },
      { id: 'b', label: 'The blue one' },
    ]
    const question = { kind: 'question', options, takesText: true, detail: null } as const
    places.ask({ ...question, title: 'Which car?' })
    places.ask({ ...question, title: 'Which bike?' })
    const { page, complaints } = await bench.enter(gateway)
    await page.goto(`${gateway.url}#/questions`)
    await card(page, 'Which car?').getByRole('button', { name: 'The blue one' }).click()
    await card(page, 'Which car?').waitFor({ state: 'detached' })
    const words = card(page, 'Which bike?').getByLabel('Or in your own words')
    await words.fill('  Neither, thanks. ')
    await words.press('Control+Enter')
    await card(page, 'Which bike?').waitFor({ state: 'detached' })
    assert.deepEqual(places.answers, [
      { id: 'q1', answer: 'b' },
      { id: 'q2', answer: 'Neither, thanks.' },
    ])
    assert.deepEqual(complaints, [])
  })

  test('an answer that comes too late says so, and the question goes', async () => {
    await using gateway = await bench.gateway()
    gateway.places.ask()
    const { page } = await bench.enter(gateway)
    await page.goto(`${gateway.url}#/questions`)
    const allow = page.getByRole('button', { name: 'Allow once' })
    await allow.waitFor()
    gateway.places.approvals = []
    await allow.click()
    await page.getByText('That question is answered, or has expired.').waitFor()
    await page.getByRole('heading', { name: 'No open questions' }).waitFor()
  })

  test('a stranger who asks to be let in is counted, and allowed or denied', async () => {
    await using gateway = await bench.gateway()
    const { places } = gateway
    places.ask()
    places.knock()
    places.knock({ channel: 'signal', sender: '+491700000000', senderName: '' })
    const { page, complaints } = await bench.enter(gateway)
    await entry(page, 'Questions 3 open').click()
    const grace = card(page, 'Grace Hopper wants to talk to the agent')
    await grace.getByText('60 minutes left').waitFor()
    await grace.getByText('Their id on telegram is 40012').waitFor()
    await grace.getByRole('button', { name: 'Allow', exact: true }).click()
    await grace.waitFor({ state: 'detached' })
    const status = page.getByRole('status')
    await status.getByText('Grace Hopper may talk to the agent on telegram now.').waitFor()
    const heading = page.getByRole('heading', { name: 'Waiting for an answer' })
    await heading.and(page.locator(':focus')).waitFor()
    await card(page, '+491700000000').getByRole('button', { name: 'Deny' }).click()
    await status.getByText('+491700000000 on signal is turned down.').waitFor()
    await entry(page, 'Questions 1 open').waitFor()
    await card(page, 'git push').getByRole('button', { name: 'Deny' }).click()
    await page.getByRole('heading', { name: 'No open questions' }).waitFor()
    assert.deepEqual(places.answers, [
      { id: 'p1', answer: 'approve' },
      { id: 'p2', answer: 'reject' },
      { id: 'q1', answer: 'deny' },
    ])
    assert.deepEqual(complaints, [])
  })

  test('a stranger whom somebody else has decided about goes, and the page says why', async () => {
    await using gateway = await bench.gateway()
    gateway.places.knock()
    const { page } = await bench.enter(gateway, phone)
    await page.goto(`${gateway.url}#/questions`)
    const allow = page.getByRole('button', { name: 'Allow', exact: true })
    await allow.waitFor()
    gateway.places.pairings = []
    await allow.tap()
    await page.getByText('Too late: what Grace Hopper asked is decided already').waitFor()
    await page.getByRole('heading', { name: 'No open questions' }).waitFor()
  })

  test('on a phone a mark says that something is asked, and a grant is taken back after one more question', async () => {
    await using gateway = await bench.gateway()
    const { places } = gateway
    const at = new Date().toISOString()
    const grant = { agent: 'main', session: null, by: 'Ada', at }
    places.grants = [
      { ...grant, id: 'g1', words: 'bash: git status *' },
      { ...grant, id: 'g2', words: 'bash: ls *' },
    ]
    places.ask()
    const { page, complaints } = await bench.enter(gateway, phone)
    await page.getByRole('button', { name: /list of chats, 1 question is open/ }).tap()
    await entry(page, 'Questions 1 open').tap()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Take back bash: ls *' }).tap()
    await page.getByText('From now on people are asked again.').waitFor()
    await page.getByRole('button', { name: 'Keep' }).tap()
    assert.equal(places.grants.length, 2)
    await page.getByRole('button', { name: 'Take back bash: ls *' }).tap()
    await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).tap()
    await page.getByText('bash: ls *', { exact: true }).waitFor({ state: 'detached' })
    assert.deepEqual(
      places.grants.map(({ id }) => id),
      ['g1'],
    )
    assert.deepEqual(complaints, [])
  })
})

function entry(page: Page, name: string) {
  return page.getByRole('link', { name, exact: true }).filter({ visible: true })
}

function card(page: Page, name: string) {
  return page.getByRole('article', { name })
}
