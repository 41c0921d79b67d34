import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { findChromium } from '../../test/chromium.ts'
import { PageBench, phone } from './page-bench.ts'
import { fillJobs, fillQuestions } from './place-samples.ts'
import type { ScriptedGateway } from './scripted-gateway.ts'

const chromium = findChromium()

describe('the jobs on the page', { skip: 'missing' in chromium && chromium.missing }, () => {
  let bench: PageBench
  before(async () => {
    assert('path' in chromium)
    bench = await PageBench.open(chromium.path)
  })
  after(async () => await bench.close())

  /** Someone who looks at the jobs. */
  const look = async (gateway: ScriptedGateway, options = {}) => {
    const visitor = await bench.enter(gateway, options)
    await visitor.page.goto(`${gateway.url}#/jobs`)
    await visitor.page.getByRole('heading', { name: 'Heartbeat' }).waitFor()
    return visitor
  }

  test('a job is planned in words, and says before when it will be due', async () => {
    await using gateway = await bench.gateway()
    fillQuestions(gateway.places)
    const { planned } = gateway.places
    const { page, complaints } = await look(gateway, phone)
    await page.getByRole('heading', { name: 'No jobs yet' }).waitFor()
    await page.getByRole('button', { name: 'New job' }).tap()
    await page.getByLabel('Message').and(page.locator(':focus')).fill('Take out the paper')
    const when = page.getByRole('textbox', { name: 'When' })
    await when.fill('never')
    await page.getByText(planned.refusal).waitFor()
    await when.fill('every weekday at 8')
    const preview = page.getByRole('status').filter({ hasText: 'every weekday at 8' })
    await preview.getByText('Day 5 of March 2026, 8:00').waitFor()
    await preview.getByText('Clocks go forward').waitFor()
    await page.getByLabel('Where to').selectOption({ label: 'To “Family” on telegram' })
    await page.getByRole('button', { name: 'Plan it' }).tap()
    await card(page, 'Take out the paper').getByText('message, to “Family” on telegram').waitFor()
    assert.deepEqual(planned.drafts, [
      {
        kind: 'message',
        when: { phrase: 'every weekday at 8' },
        text: 'Take out the paper',
        target: { channel: 'telegram', chat: '-100123' },
      },
    ])
    await page.getByRole('heading', { name: 'Planned' }).and(page.locator(':focus')).waitFor()
    assert.deepEqual(complaints, [])
  })

  test('a turn of an agent is planned by cron, for one agent and for nobody to hear', async () => {
    await using gateway = await bench.gateway()
    gateway.places.config = { ...gateway.places.config, agents: { main: {}, ops: {} } }
    const { page } = await look(gateway)
    await page.getByRole('button', { name: 'New job' }).click()
    await page.getByText('A turn of an agent').click()
    await page.getByLabel('What the agent is to do').fill('Look at the logs')
    await page.getByRole('textbox', { name: 'When' }).fill('0 8 * * 1-5')
    await page.getByLabel('Agent', { exact: true }).selectOption('ops')
    await page.getByLabel('Where to').selectOption('Nowhere')
    await page.getByRole('button', { name: 'Plan it' }).click()
    await card(page, 'Look at the logs').getByText('agent turn of ops, kept to itself').waitFor()
    assert.deepEqual(gateway.places.planned.drafts[0]?.when, { cron: '0 8 * * 1-5' })
  })

  test('what was done and what arrived are two things, in the list and in the history', async () => {
    await using gateway = await bench.gateway()
    fillQuestions(gateway.places)
    fillJobs(gateway.places)
    const { page, complaints } = await look(gateway)
    const brief = card(page, 'Morning brief')
    await brief.getByText('done').waitFor()
    await brief.getByText('not delivered').waitFor()
    await brief.getByText('The bot was removed from the group.').waitFor()
    await brief.getByText('Day 1 of March').click()
    await brief.getByText('Day 4 of March').waitFor()
    await card(page, 'Water the tomatoes').getByText('failed', { exact: true }).waitFor()
    await card(page, 'Water the tomatoes').getByText('it failed ten times in a row').waitFor()

    await brief.getByRole('button', { name: 'History' }).click()
    const history = brief.getByRole('list', { name: 'History' }).getByRole('listitem')
    await history.filter({ hasText: 'by hand' }).getByText('perhaps delivered').waitFor()
    await history
      .filter({ hasText: 'the one before was unfinished' })
      .getByText('left out')
      .waitFor()
    assert.equal(await history.count(), 3)
    assert.deepEqual(complaints, [])
  })

  test('a job is run, paused, goes on, and is removed after one more question', async () => {
    await using gateway = await bench.gateway()
    const { planned } = gateway.places
    planned.add({ name: 'Stretch' })
    const { page, complaints } = await look(gateway)
    const job = card(page, 'Stretch')
    await job.getByRole('button', { name: 'Run now' }).click()
    await job.getByText('at work').waitFor()
    await job.getByRole('button', { name: 'Pause' }).click()
    await job.getByText('paused', { exact: true }).waitFor()
    await job.getByRole('button', { name: 'Resume' }).click()
    await job.getByRole('button', { name: 'Pause' }).waitFor()
    await job.getByRole('button', { name: 'Remove' }).click()
    await page.keyboard.press('Escape')
    assert.equal(planned.jobs.length, 1)
    await job.getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('heading', { name: 'No jobs yet' }).and(page.locator(':focus')).waitFor()
    assert.deepEqual(planned.acts, ['run j1', 'pause j1', 'resume j1', 'remove j1'])
    assert.deepEqual(complaints, [])
  })

  test('a job is changed where it stands, and what is left alone stays', async () => {
    await using gateway = await bench.gateway()
    fillQuestions(gateway.places)
    fillJobs(gateway.places)
    const { planned } = gateway.places
    const { page, complaints } = await look(gateway, phone)
    const brief = card(page, 'Morning brief')
    await brief.getByRole('button', { name: 'Edit' }).tap()
    const form = page.getByRole('form', { name: 'Change Morning brief' })
    await form.getByLabel('Name').and(page.locator(':focus')).waitFor()
    assert.ok(await form.getByRole('button', { name: 'Save' }).isDisabled())
    const when = form.getByRole('textbox', { name: 'When' })
    await when.fill('never')
    await form.getByText(planned.refusal).waitFor()
    await when.fill('every day at 7')
    await form.getByText('Day 5 of March 2026, 8:00').waitFor()
    await form.getByLabel('What the agent is to do').fill('Sum up the night.')
    await form.getByLabel('Where to').selectOption('To the owner')
    await form.getByRole('button', { name: 'Save' }).tap()
    await brief.getByText('every day at 7').waitFor()
    await brief.getByText('agent turn of main, to the owner').waitFor()
    await brief.getByRole('heading').and(page.locator(':focus')).waitFor()
    assert.deepEqual(planned.changes, [
      { text: 'Sum up the night.', when: { phrase: 'every day at 7' }, target: 'owner' },
    ])
    await brief.getByRole('button', { name: 'Edit' }).tap()
    await form.getByRole('button', { name: 'Cancel' }).tap()
    await brief.getByRole('button', { name: 'Edit' }).waitFor()
    assert.deepEqual(complaints, [])
  })

  test('the heartbeat says how it went last, and is asked for now', async () => {
    await using gateway = await bench.gateway()
    fillJobs(gateway.places)
    const { page, complaints } = await look(gateway, phone)
    const main = page.getByRole('article', { name: 'Heartbeat of main' })
    await main.getByText('Every 30 minutes, from 08:00 to 22:00 (Europe/Berlin)').waitFor()
    await main.getByText('nothing new, nobody was asked').waitFor()
    await page
      .getByRole('article', { name: 'Heartbeat of ops' })
      .getByText('Switched off')
      .waitFor()
    await main.getByRole('button', { name: 'Check in now' }).tap()
    await main.getByText('At work').waitFor()
    assert.deepEqual(gateway.places.planned.acts, ['heartbeat main'])
    assert.deepEqual(complaints, [])
  })
})

function card(page: Page, name: string) {
  return page.getByRole('article', { name })
}
