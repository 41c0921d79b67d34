import fc from 'fast-check'

/** Letters of many scripts, and everything that makes cutting text dangerous. */
const nastyWord = fc.oneof(
  { weight: 8, arbitrary: fc.stringMatching(/^[a-z]{1,9}$/) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'שלום',
      'مرحبا',
      '你好',
      'नमस्ते',
      'e\u0301',
      'w\u0308\u0308o',
      '①',
      '𝒳',
      '３',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '👨‍👩‍👧‍👦',
      '🇩🇪🇫🇷',
      '👍🏽',
      '❤️',
      'a\u200bb',
      '\u2066x\u2069',
      '\u200f',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('*', '_', '`', '[', ']', '>', '$5', '|', '<b>', '\\', '~~', '&amp;'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '@everyone',
      '<@123>',
      '<t:1:R>',
      ':tada:',
      '||',
      '](',
      '~/a',
      '2*3',
      'a_b_c',
      '# a',
      '-# a',
      'https://x.y/a_b*c~~d)',
      'http://',
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  { weight: 1, arbitrary: fc.constantFrom('\ud83d', '\udc68', '\0', '\u00a0', '\ufeff', '\u2028') },
  { weight: 1, arbitrary: fc.integer({ min: 10, max: 50 }).map((length) => 'ä👍'.repeat(length)) },
)

const indent = (text: string, by: string) => text.replaceAll('\n', `\n${by}`)

/** Documents of every construct, nested, made of the given words. */
function markdownOf(word: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const words = fc.array(word, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(' '))
  const { inline } = fc.letrec<{ inline: string; styled: string }>((tie) => ({
    styled: fc.oneof(
      { maxDepth: 2, depthIdentifier: 'inline' },
      words,
      fc
        .tuple(fc.constantFrom('**', '*', '~~', '_', '***'), tie('inline'))
        .map(([mark, text]) => mark + text + mark),
      tie('inline').map((text) => `[${text}](https://example.com/a?b=c)`),
      words.map((text) => `![${text}](http://example.com/i.png)`),
      words.map((text) => `\`${text}\``),
      words.map((text) => `$${text}$`),
    ),
    inline: fc.array(tie('styled'), { minLength: 1, maxLength: 2 }).map((parts) => parts.join(' ')),
  }))
  const code = fc
    .tuple(fc.constantFrom('', 'ts', 'mermaid', 'c++'), fc.array(words, { maxLength: 4 }))
    .map(([language, lines]) =>
      [`\`\`\`${language}`, ...lines.map((line, i) => ' '.repeat(i % 5) + line), '```'].join('\n'),
    )
  const table = fc
    .array(fc.tuple(inline, words), { minLength: 1, maxLength: 2 })
    .map((rows) =>
      ['| a | b |', '|---|--:|', ...rows.map(([a, b]) => `| ${a} | ${b} |`)].join('\n'),
    )
  const { blocks } = fc.letrec<{ block: string; blocks: string }>((tie) => {
    const items = fc.array(tie('blocks'), { minLength: 1, maxLength: 2 })
    return {
      block: fc.oneof(
        { maxDepth: 2, depthIdentifier: 'block' },
        inline,
        fc.tuple(inline, inline).map(([first, second]) => `${first}\n${second}`),
        inline.map((text) => `## ${text}`),
        code,
        table,
        words.map((text) => `$$\n${text}\n$$`),
        fc.constant('---'),
        tie('blocks').map((text) => `> ${indent(text, '> ')}`),
        items.map((list) => list.map((item) => `- ${indent(item, '  ')}`).join('\n')),
        items.map((list) => list.map((item) => `1. ${indent(item, '   ')}`).join('\n')),
        tie('blocks').map((item) => `- [x] ${indent(item, '  ')}`),
      ),
      blocks: fc
        .array(tie('block'), { minLength: 1, maxLength: 2 })
        .map((parts) => parts.join('\n\n')),
    }
  })
  return blocks
}

/** Documents that look like markdown: nested, broken in places, in many scripts. */
export const arbitraryMarkdown: fc.Arbitrary<string> = fc.oneof(
  { weight: 9, arbitrary: markdownOf(nastyWord) },
  {
    weight: 1,
    arbitrary: fc.string({
      unit: fc.constantFrom(...'*_`[]()>-+1.|~$#\n\n  \\<!&a👍'),
      maxLength: 60,
    }),
  },
)

/** Well-formed documents whose every word matches `markedWord`, so that they can be found again. */
export const arbitraryMarkedMarkdown: fc.Arbitrary<string> = markdownOf(
  fc.stringMatching(/^W[a-z]{3,8}$/),
)

export const markedWord: RegExp = /W[a-z]{3,8}/g
