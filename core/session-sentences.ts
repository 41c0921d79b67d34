/** What the gateway says about conversations and what is chosen for one: model, mode, memory. */
export type SessionSentences = {
  sessions(list: readonly SessionLine[]): string
  noSessions: string
  resumed(number: number, title: string): string
  resumedAlready: string
  resumedUnknown: string
  models(shown: ModelFacts): string
  modelChosen(model: string): string
  modelDefault: string
  modelUnknown(name: string, near: readonly string[]): string
  noModels: string
  modes(shown: ModeFacts): string
  modeChosen(mode: string): string
  modeDefault: string
  compacting: string
  compacted: string
  nothingToCompact: string
}

export type SessionLine = {
  readonly number: number
  readonly agoMs: number
  /** Empty where it began without words. */
  readonly title: string
  readonly isPresent: boolean
}

export type ModelFacts = {
  /** Absent: nothing was chosen. */
  readonly chosen: string | undefined
  /** By provider, which is empty for names without one. */
  readonly groups: readonly { readonly provider: string; readonly models: readonly string[] }[]
  /** How many more there are. */
  readonly more: number
  readonly isKnown: boolean
}

export type ModeFacts = { readonly chosen: string | undefined; readonly all: readonly string[] }

export const englishSessions: SessionSentences = {
  sessions: (list) =>
    [
      'Our conversations here:',
      ...list.map(
        ({ number, agoMs, title, isPresent }) =>
          `${number}, ${isPresent ? 'this one' : `${ago(agoMs, ['min', 'h', 'days'])} ago`}: ${title || '(no words)'}`,
      ),
      'Go back to one with /resume and its number.',
    ].join('\n'),
  noSessions: 'There is no earlier conversation here.',
  resumed: (number, title) =>
    `We are back in conversation ${number}${title === '' ? '.' : `: ${title}`}\nThe other one is kept: /sessions lists them.`,
  resumedAlready: 'We are in that conversation already.',
  resumedUnknown: 'There is no such conversation. /sessions lists them with their numbers.',
  models: ({ chosen, groups, more, isKnown }) =>
    [
      chosen === undefined ? 'My usual model answers here.' : `Chosen here: ${chosen}.`,
      ...groups.map(wordGroup),
      ...(more > 0 ? [`And ${more} more: /model and part of a name finds them.`] : []),
      ...(isKnown ? [] : ['I do not know yet which models there are.']),
      'Choose with /model and a full name, or /model default.',
    ].join('\n'),
  modelChosen: (model) => `From my next answer on I use ${model} here.`,
  modelDefault: 'From my next answer on I use my usual model here.',
  modelUnknown: (name, near) =>
    near.length === 0
      ? `I do not know a model ${name}. /model lists them.`
      : `I do not know a model ${name}. There is: ${near.join(', ')}.`,
  noModels: 'My agent here has no models to choose from.',
  modes: ({ chosen, all }) =>
    `${chosen === undefined ? 'It works in its usual mode.' : `It works in mode ${chosen}.`} Its modes: ${all.join(', ')}. Anybody here may choose one with /agent and its name, or /agent default.`,
  modeChosen: (mode) => `From my next answer on I work in mode ${mode} here.`,
  modeDefault: 'From my next answer on I work in my usual mode here.',
  compacting: 'I am shortening what I remember of our conversation.',
  compacted: 'Done: I remember our conversation in short now.',
  nothingToCompact: 'There is nothing to shorten.',
}

export const germanSessions: SessionSentences = {
  sessions: (list) =>
    [
      'Unsere Gespräche hier:',
      ...list.map(
        ({ number, agoMs, title, isPresent }) =>
          `${number}, ${isPresent ? 'dieses' : `vor ${ago(agoMs, ['Min.', 'Std.', 'Tagen'])}`}: ${title || '(ohne Worte)'}`,
      ),
      'Zurück geht es mit /resume und der Nummer.',
    ].join('\n'),
  noSessions: 'Hier gibt es kein früheres Gespräch.',
  resumed: (number, title) =>
    `Wir sind wieder in Gespräch ${number}${title === '' ? '.' : `: ${title}`}\nDas andere bleibt erhalten: /sessions zeigt alle.`,
  resumedAlready: 'In diesem Gespräch sind wir schon.',
  resumedUnknown: 'So ein Gespräch gibt es nicht. /sessions zeigt alle mit ihren Nummern.',
  models: ({ chosen, groups, more, isKnown }) =>
    [
      chosen === undefined ? 'Hier antwortet mein übliches Modell.' : `Hier gewählt: ${chosen}.`,
      ...groups.map(wordGroup),
      ...(more > 0 ? [`Und ${more} weitere: /model und ein Teil des Namens findet sie.`] : []),
      ...(isKnown ? [] : ['Welche Modelle es gibt, weiß ich noch nicht.']),
      'Wählbar mit /model und dem vollen Namen oder mit /model default.',
    ].join('\n'),
  modelChosen: (model) => `Ab meiner nächsten Antwort nehme ich hier ${model}.`,
  modelDefault: 'Ab meiner nächsten Antwort nehme ich hier mein übliches Modell.',
  modelUnknown: (name, near) =>
    near.length === 0
      ? `Ein Modell ${name} kenne ich nicht. /model zeigt alle.`
      : `Ein Modell ${name} kenne ich nicht. Es gibt: ${near.join(', ')}.`,
  noModels: 'Mein Agent hier hat keine Modelle zur Wahl.',
  modes: ({ chosen, all }) =>
    `${chosen === undefined ? 'Er arbeitet in seiner üblichen Art.' : `Er arbeitet in der Art ${chosen}.`} Seine Arten: ${all.join(', ')}. Hier dürfen alle eine wählen, mit /agent und ihrem Namen oder mit /agent default.`,
  modeChosen: (mode) => `Ab meiner nächsten Antwort arbeite ich hier in der Art ${mode}.`,
  modeDefault: 'Ab meiner nächsten Antwort arbeite ich hier in meiner üblichen Art.',
  compacting: 'Ich kürze, was ich von unserem Gespräch behalte.',
  compacted: 'Fertig: Ich behalte unser Gespräch jetzt in Kürze.',
  nothingToCompact: 'Es gibt nichts zu kürzen.',
}

function wordGroup({ provider, models }: ModelFacts['groups'][number]): string {
  return provider === '' ? models.join(', ') : `${provider}: ${models.join(', ')}`
}

/** The largest unit that is not rounded to one or none. */
function ago(ms: number, [minutes, hours, days]: readonly [string, string, string]): string {
  const min = Math.max(1, Math.round(ms / 60_000))
  if (min < 90) return `${min} ${minutes}`
  const h = Math.round(min / 60)
  return h < 48 ? `${h} ${hours}` : `${Math.round(h / 24)} ${days}`
}
