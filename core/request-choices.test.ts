import assert from 'node:assert/strict'
import { test } from 'node:test'
import { permission, question } from '../test/fakes/asking-agent.ts'
import { unansweredAnswer } from './request-choices.ts'

test('an agent that nobody answered hears what that means: a refusal, or a free hand', () => {
  const noteOf = (answer: ReturnType<typeof unansweredAnswer>) =>
    'note' in answer ? answer.note : undefined
  assert.match(noteOf(unansweredAnswer(permission)) ?? '', /was not allowed/)
  assert.match(noteOf(unansweredAnswer(question)) ?? '', /as you think best/)
  assert.doesNotMatch(noteOf(unansweredAnswer(question)) ?? '', /allowed/)
})
