import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

/**
 * Who changes the rows that are kept in memory (ADR 0015). The others change columns that are not kept, delete what has
 * ended, or forget first.
 */
const writers: Readonly<Record<string, readonly string[]>> = {
  conversations: ['conversations.ts'],
  senders: ['senders.ts'],
  sessions: ['chat-migration.ts', 'runs.ts', 'session-generations.ts', 'sessions.ts'],
  run_events: ['run-events.ts', 'upkeep.ts'],
}

test('rows that are kept in memory are changed by those who keep them', () => {
  const folder = new URL('./', import.meta.url)
  const names = readdirSync(folder).filter((name) => /(?<!\.test)\.ts$/.test(name))
  const sources = names.map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }))
  for (const [table, allowed] of Object.entries(writers)) {
    const change = new RegExp(
      String.raw`(INSERT (OR \w+ )?INTO|UPDATE (OR \w+ )?|DELETE FROM) ?${table}\b`,
    )
    const found = sources.filter(({ text }) => change.test(text)).map(({ name }) => name)
    assert.deepEqual(found, allowed, table)
  }
})
