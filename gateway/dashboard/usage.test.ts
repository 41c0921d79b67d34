import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { findChromium } from '../../test/chromium.ts'
import { PageBench } from './page-bench.ts'
import { fillUsage } from './place-samples.ts'

const chromium = findChromium()

describe('what agents cost, on the page', {
  skip: 'missing' in chromium && chromium.missing,
}, () => {
  let bench: PageBench
  before(async () => {
    assert('path' in chromium)
    bench = await PageBench.open(chromium.path)
  })
  after(async () => await bench.close())

  test('it is shown by agent and by person, for today and for a week, with the limits', async () => {
    await using gateway = await bench.gateway()
    const { today, weekAgo } = fillUsage(gateway.places)
    const { page, complaints } = await bench.enter(gateway)
    await page.getByRole('link', { name: 'Usage' }).click()
    await page.getByRole('row', { name: 'main 1.2M $1.20 14' }).waitFor()
    await page.getByRole('row', { name: 'ops 46.1K at least $0.00012 3' }).waitFor()
    await page.getByText('at least $1.20', { exact: true }).waitFor()
    await page.getByText('1,244,100 of 2,000,000').waitFor()
    await page.getByText('$0.00012 of $1.00').waitFor()

    await page.getByText('7 days', { exact: true }).click()
    await page
      .getByText(/^8\.4m$/i)
      .first()
      .waitFor()
    await page.getByText('Person', { exact: true }).first().click()
    await page.getByRole('row', { name: 'telegram:111 8M $9.10 140' }).waitFor()
    await page
      .getByRole('row', { name: /^Nobody: the API, jobs, check-ins 400K unknown/i })
      .waitFor()
    assert(gateway.places.usageAsked.includes(`agent ${today}`))
    assert(gateway.places.usageAsked.includes(`sender ${weekAgo}`))
    assert.deepEqual(complaints, [])
  })

  test('where nothing was spent and nothing is limited it says so', async () => {
    await using gateway = await bench.gateway()
    const { page, complaints } = await bench.enter(gateway)
    await page.goto(`${gateway.url}#/usage`)
    await page.getByText('Nothing was spent in this time.').waitFor()
    await page.getByText('None are set.').waitFor()
    assert.deepEqual(complaints, [])
  })
})
