import assert from 'node:assert/strict'
import { test } from 'node:test'
import { localDays } from './local-day.ts'

const iso = (at: number) => new Date(at).toISOString()

test('a day is what the calendar of the zone says', () => {
  const at = Date.UTC(2026, 10, 22, 23, 30)
  assert.equal(localDays('UTC').of(at), '2026-11-22')
  assert.equal(localDays('Europe/Berlin').of(at), '2026-11-23')
  assert.equal(localDays('America/New_York').of(at), '2026-11-22')
  assert.equal(localDays('Asia/Kathmandu').of(at), '2026-11-23')
})

test('a day ends at the next midnight, also where clocks change on it', () => {
  const ends: [string, string, string][] = [
    ['Europe/Berlin', '2026-11-22T12:34:56Z', '2026-11-22T23:00:00.000Z'],
    // 23 and 25 hours long.
    ['Europe/Berlin', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00.000Z'],
    ['Europe/Berlin', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00.000Z'],
    ['Asia/Kathmandu', '2026-06-01T18:15:00Z', '2026-06-02T18:15:00.000Z'],
    ['Australia/Lord_Howe', '2026-04-04T13:00:00Z', '2026-04-05T13:30:00.000Z'],
    // Midnight itself was put back, so the day came twice at its end.
    ['America/Sao_Paulo', '2018-02-18T01:30:00Z', '2018-02-18T03:00:00.000Z'],
    // A whole day was left out.
    ['Pacific/Apia', '2011-12-30T09:00:00Z', '2011-12-30T10:00:00.000Z'],
  ]
  for (const [zone, at, end] of ends) {
    assert.equal(iso(localDays(zone).endOf(Date.parse(at))), end, `${zone} ${at}`)
  }
})

test('a day begins where the one before ends', () => {
  const starts: [string, string, string][] = [
    ['UTC', '2026-11-22', '2026-11-22T00:00:00.000Z'],
    ['Europe/Berlin', '2026-11-22', '2026-11-21T23:00:00.000Z'],
    ['Pacific/Kiritimati', '2026-11-22', '2026-11-21T10:00:00.000Z'],
    ['Pacific/Pago_Pago', '2026-11-22', '2026-11-22T11:00:00.000Z'],
    // One that never was begins with the next.
    ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00.000Z'],
  ]
  for (const [zone, day, start] of starts) {
    assert.equal(iso(localDays(zone).startOf(day, Date.parse(day))), start, `${zone} ${day}`)
  }
})

test('the time of day is written with two digits from 00:00 on', () => {
  assert.equal(localDays('Europe/Berlin').timeOf(Date.UTC(2026, 10, 22, 23, 0)), '00:00')
  assert.equal(localDays('UTC').timeOf(Date.UTC(2026, 10, 22, 9, 5)), '09:05')
})

test('an unknown zone is an error', () => {
  assert.throws(() => localDays('Mars/Base'), RangeError)
})
