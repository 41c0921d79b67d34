/** What became of a message, as `/why` tells it. */
export type Fate =
  | 'answered'
  | 'silent'
  | 'leaving'
  | 'uncertain'
  | 'undelivered'
  | 'failed'
  | 'executing'
  | 'asking'
  | 'waiting'
  | 'cancelled'
  | 'superseded'
  | 'dropped'
  | 'observed'
  | 'control'
  | 'held'
  | 'expired'

export type WhySentences = {
  /** `reason`: why so, without a full stop; empty where there is nothing to add. `trace` is what `jackdaw trace` takes. */
  why(fate: Fate, reason: string, trace: string): string
  whyNothing: string
}

const english: Readonly<Record<Fate, string>> = {
  answered: 'I have answered it',
  silent: 'I have read it, and there was nothing to say',
  leaving: 'I have answered it, and the answer is on its way',
  uncertain: 'I have answered it, but cannot find out whether the answer arrived',
  undelivered: 'I have answered it, but the answer could not be delivered',
  failed: 'I could not answer it; /retry tries again',
  executing: 'I am working on it',
  asking: 'I am waiting for an answer to a question about it',
  waiting: 'It is waiting for its turn',
  cancelled: 'It was stopped',
  superseded: 'It became a part of a later turn',
  dropped: 'I did not answer it',
  observed: 'I only read along',
  control: 'It was for me and is done',
  held: 'It came late and waits for your word whether I should still answer it',
  expired: 'It came too late and was not answered',
}

const german: Readonly<Record<Fate, string>> = {
  answered: 'Ich habe sie beantwortet',
  silent: 'Ich habe sie gelesen, und es gab nichts zu sagen',
  leaving: 'Ich habe sie beantwortet, die Antwort ist unterwegs',
  uncertain: 'Ich habe sie beantwortet, kann aber nicht feststellen, ob die Antwort ankam',
  undelivered: 'Ich habe sie beantwortet, aber die Antwort war nicht zustellbar',
  failed: 'Ich konnte sie nicht beantworten; /retry versucht es noch einmal',
  executing: 'Ich arbeite daran',
  asking: 'Ich warte auf die Antwort auf eine Frage dazu',
  waiting: 'Sie wartet, bis sie an der Reihe ist',
  cancelled: 'Sie wurde abgebrochen',
  superseded: 'Sie wurde Teil eines späteren Auftrags',
  dropped: 'Ich habe sie nicht beantwortet',
  observed: 'Ich habe nur mitgelesen',
  control: 'Sie galt mir und ist erledigt',
  held: 'Sie kam spät und wartet auf dein Wort, ob ich sie noch beantworten soll',
  expired: 'Sie kam zu spät und wurde nicht beantwortet',
}

export const englishWhy: WhySentences = {
  why: (fate, reason, trace) => `${because(english[fate], reason)} (trace ${trace})`,
  whyNothing: 'I have not seen a message here yet.',
}

export const germanWhy: WhySentences = {
  why: (fate, reason, trace) => `${because(german[fate], reason)} (Spur ${trace})`,
  whyNothing: 'Hier habe ich noch keine Nachricht gesehen.',
}

function because(sentence: string, reason: string): string {
  return reason === '' ? `${sentence}.` : `${sentence}: ${reason}.`
}
