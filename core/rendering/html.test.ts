import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderHtml, renderPlainHtml } from './html.ts'

const outbound = 'rel="noopener noreferrer nofollow" target="_blank"'

for (const [markdown, html] of [
  ['**a**\nb', '<p><strong>a</strong><br>\nb</p>'],
  ['<script>alert(1)</script>', '<p>&#x3C;script>alert(1)&#x3C;/script></p>'],
  ['[a](https://x.y)', `<p><a href="https://x.y" ${outbound}>a</a></p>`],
  ['[a](javascript:alert(1))', '<p>a</p>'],
  ['[a](/api/v1/runs)', '<p>a</p>'],
  ['![a](https://x.y/i.png)', `<p><a href="https://x.y/i.png" ${outbound}>a</a></p>`],
  ['```ts\nx\n```', '<pre><code class="language-ts">x\n</code></pre>'],
  ['```"><img>\nx\n```', '<pre><code>x\n</code></pre>'],
  ['$x$', '<p><code class="language-math math-inline">x</code></p>'],
] as const) {
  test(`${JSON.stringify(markdown)} becomes ${html}`, () =>
    assert.equal(renderHtml(markdown), html))
}

test('plain text only has its special characters escaped', () => {
  assert.equal(renderPlainHtml(`**a** <b> & "c'`), '**a** &#60;b&#62; &#38; &#34;c&#39;')
})
