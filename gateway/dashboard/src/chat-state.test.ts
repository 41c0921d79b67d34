import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Message } from './api.ts'
import {
  activeStates,
  type ChatAction,
  type ChatState,
  emptyChat,
  reduceChat,
} from './chat-state.ts'

function message(id: string, fields: Partial<Message> = {}): Message {
  const at = '2026-11-22T10:00:00.000Z'
  const blank = { text: id, html: null, run: null, state: null, attachments: [], buttons: [] }
  return { id, role: 'user', at, ...blank, ...fields }
}

function after(...actions: readonly ChatAction[]): ChatState {
  return actions.reduce(reduceChat, emptyChat)
}

function page(ids: readonly string[], next: string | null = null): ChatAction {
  return { type: 'loaded', page: { items: ids.map((id) => message(id)), next } }
}

function ids(state: ChatState): readonly string[] {
  return state.messages.map((known) => known.id)
}

test('what the stream brings while a page is on its way is kept and stands last', () => {
  const state = after(
    { type: 'loading' },
    { type: 'message', message: message('m3') },
    page(['m1', 'm2']),
  )
  assert.deepEqual(ids(state), ['m1', 'm2', 'm3'])
})

test('a newer version from the stream wins over the page that was asked for before it', () => {
  const state = after(
    page(['m1']),
    { type: 'loading' },
    { type: 'message', message: message('m1', { text: 'edited' }) },
    page(['m1']),
  )
  assert.equal(state.messages[0]?.text, 'edited')
})

test('a reload joins older messages that were scrolled to, and forgets what was deleted', () => {
  const state = after(
    page(['m3', 'm4'], 'before-m3'),
    { type: 'older', page: { items: [message('m1'), message('m2')], next: null } },
    { type: 'loading' },
    page(['m3', 'm5'], 'before-m3'),
  )
  assert.deepEqual(ids(state), ['m1', 'm2', 'm3', 'm5'])
  assert.equal(state.next, null)
})

test('a reload after a long absence starts over instead of hiding a gap', () => {
  const state = after(page(['m1', 'm2']), { type: 'loading' }, page(['m8', 'm9'], 'before-m8'))
  assert.deepEqual(ids(state), ['m8', 'm9'])
  assert.equal(state.next, 'before-m8')
})

test('the live text gives way to the answer and does not come back', () => {
  const run = 'r1'
  const question = message('m1', { run, state: 'running' })
  const answer = message('m2', { run, role: 'agent' })
  const soFar = { text: 'so far', steps: ['Reading notes.md'] }
  const live = after({ type: 'message', message: question }, { type: 'text', run, ...soFar })
  assert.deepEqual(live.live, { r1: soFar })
  const done = reduceChat(live, { type: 'run', run, state: 'completed' })
  assert.deepEqual(done.live, { r1: soFar }, 'shown until its answer is there')
  const answered = reduceChat(done, { type: 'message', message: answer })
  assert.deepEqual(answered.live, {})
  assert.deepEqual(reduceChat(answered, { type: 'text', run, text: 'late', steps: [] }).live, {})
})

test('a run that ends while a page is on its way is not shown as running', () => {
  const running = message('m1', { run: 'r1', state: 'running' })
  const state = after(
    { type: 'loading' },
    { type: 'run', run: 'r1', state: 'cancelled' },
    { type: 'loaded', page: { items: [running], next: null } },
  )
  assert.deepEqual(activeStates(state), [])
  assert.equal(state.messages[0]?.state, 'cancelled')
})

test('a run without a message of its own counts as active until it ends', () => {
  const started = after({ type: 'run', run: 'r9', state: 'running' })
  assert.deepEqual(activeStates(started), ['running'])
  assert.deepEqual(
    activeStates(reduceChat(started, { type: 'run', run: 'r9', state: 'failed' })),
    [],
  )
})

test('a typing sign that comes after the answer of its run is not shown', () => {
  const state = after(
    { type: 'message', message: message('m1', { run: 'r1', state: 'completed' }) },
    { type: 'message', message: message('d1', { role: 'agent', run: 'r1', state: 'completed' }) },
    { type: 'typing', run: 'r1', on: true },
    { type: 'message', message: message('m2', { run: 'r2', state: 'queued' }) },
    { type: 'typing', run: 'r2', on: true },
  )
  assert.deepEqual(state.typing, ['r2'])
})
