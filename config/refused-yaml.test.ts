import { describe } from 'node:test'
import { eachIsRefused } from './refused.ts'

describe('a text that is no configuration is refused with its line', () => {
  eachIsRefused([
    ['- a', 'line 1: saw a list, wanted a section with keys such as channels.'],
    ['just text', 'line 1: saw text, wanted a section with keys such as channels.'],
    ['42', 'line 1: saw a number, wanted a section with keys such as channels.'],
    [
      'a: [1, 2',
      'line 1, column 9: flow sequence in block collection must be sufficiently indented and end with a ]. This is not valid YAML.',
    ],
    ['a: "x', 'line 1, column 6: missing closing "quote. This is not valid YAML.'],
    [
      'http:\n\tport: 1',
      'line 2, column 1: tabs are not allowed as indentation. This is not valid YAML.',
    ],
    [
      'logLevel: info\nlogLevel: debug',
      'line 2, column 1: the key "logLevel" stands here twice. Delete one of the two.',
    ],
    ['a: 1\n---\nb: 2', 'line 2, column 1: a second document begins here. Delete the line "---".'],
    [
      'dataDir: *x',
      'line 1, dataDir: a word that begins with * is an alias, and there is no anchor for it. Put text in quotes.',
    ],
    ['dataDir: !!foo x', 'line 1, column 10: unresolved tag. This is not valid YAML.'],
    [
      'dataDir: &a [*a]',
      'line 1, dataDir: saw a list, wanted text that is not empty.',
      'is nested too deep, or an alias repeats too much',
    ],
  ])
})
