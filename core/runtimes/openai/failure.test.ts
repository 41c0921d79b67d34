import assert from 'node:assert/strict'
import { test } from 'node:test'
import { classifyFailure, type ModelFailure } from './failure.ts'

const now = Date.UTC(2026, 0, 1)
const classify = (failure: ModelFailure) => classifyFailure(failure, 'api.test', now)

/** As the named servers word it. */
const cases: readonly (readonly [string, ModelFailure, string, boolean])[] = [
  [
    'a wrong key',
    { status: 401, body: '{"error":{"message":"Incorrect API key"}}' },
    'unauthorized',
    false,
  ],
  ['a forbidden model', { status: 403, body: '{"error":"Forbidden"}' }, 'unauthorized', false],
  [
    'OpenAI without credit',
    { status: 429, body: '{"error":{"code":"insufficient_quota"}}' },
    'quota',
    false,
  ],
  [
    'OpenRouter without credit',
    { status: 402, body: '{"error":{"code":402,"message":"x"}}' },
    'quota',
    false,
  ],
  ['a rate limit', { status: 429, body: '' }, 'rate-limited', true],
  [
    'Groq over its tokens per minute',
    { status: 413, body: '{"error":{"code":"rate_limit_exceeded"}}' },
    'rate-limited',
    true,
  ],
  [
    'an unknown model',
    { status: 404, body: '{"error":{"code":"model_not_found"}}' },
    'not-found',
    false,
  ],
  ['a wrong path', { status: 404, body: 'Not Found' }, 'not-found', false],
  [
    'OpenAI, too long',
    { status: 400, body: '{"error":{"code":"context_length_exceeded"}}' },
    'too-long',
    false,
  ],
  [
    'llama.cpp, too long',
    { status: 400, body: '{"error":{"code":400,"type":"exceed_context_size_error"}}' },
    'too-long',
    false,
  ],
  [
    'vLLM, too long',
    {
      status: 400,
      body: '{"object":"error","message":"This model\'s maximum context length is 4096 tokens."}',
    },
    'too-long',
    false,
  ],
  [
    'Gemini, too long',
    {
      status: 400,
      body: '[{"error":{"message":"The input token count exceeds the maximum number of tokens allowed"}}]',
    },
    'too-long',
    false,
  ],
  [
    'Anthropic, too long',
    { status: 400, body: '{"error":{"message":"prompt is too long: 210000 tokens"}}' },
    'too-long',
    false,
  ],
  [
    'a proxy, too long',
    { status: 413, body: '<html>Request Entity Too Large</html>' },
    'too-long',
    false,
  ],
  [
    'Azure, filtered',
    { status: 400, body: '{"error":{"code":"content_filter"}}' },
    'content-filter',
    false,
  ],
  [
    'a parameter it does not know',
    { status: 422, body: '{"detail":"extra inputs"}' },
    'rejected',
    false,
  ],
  ['a server error', { status: 500, body: '{"error":{"message":"oops"}}' }, 'unavailable', true],
  ['overload', { status: 529, body: '' }, 'unavailable', true],
  ['a proxy timeout', { status: 504, body: '<html></html>' }, 'unavailable', true],
  [
    'an error in the stream with a status',
    { body: { code: 401, message: 'No' } },
    'unauthorized',
    false,
  ],
  ['an error in the stream without one', { body: { message: 'Something' } }, 'unavailable', true],
  ['a refused connection', { networkCode: 'ECONNREFUSED' }, 'unreachable', true],
]

for (const [name, failure, code, isRetryable] of cases) {
  test(`${name} is ${code}`, () => {
    const error = classify(failure)
    assert.deepEqual([error.code, error.isRetryable], [code, isRetryable])
    assert.match(error.message, /^The model server at api\.test /)
  })
}

test('the wait a server asks for is understood in all its forms, and capped', () => {
  const wait = (headers: Record<string, string>) => classify({ status: 429, headers }).retryAfterMs
  assert.equal(wait({ 'retry-after': '3' }), 3000)
  assert.equal(wait({ 'retry-after-ms': '250.5', 'retry-after': '9' }), 250.5)
  assert.equal(wait({ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }), 30_000)
  assert.equal(wait({ 'retry-after': 'Thu, 01 Jan 2020 00:00:30 GMT' }), 0)
  assert.equal(wait({ 'retry-after': '999999' }), 3_600_000)
  assert.equal(wait({ 'retry-after': 'soon' }), undefined)
  assert.equal(wait({}), undefined)
})

test('what the server says is one short line, and a web page is not repeated', () => {
  const long = classify({
    status: 400,
    body: JSON.stringify({ message: `a\nb ${'c'.repeat(900)}` }),
  })
  assert.ok(!long.message.includes('\n') && long.message.length < 400)
  const page = classify({ status: 502, body: '<html><script>alert(1)</script></html>' })
  assert.equal(page.message, 'The model server at api.test failed (HTTP 502): a web page')
})
