/** What the gateway says around the questions of an agent: asking, how to answer, and how a question ended. */
export type AskSentences = {
  mayI: string
  agentAsks: string
  allowOnce: string
  allowAlways: string
  denyIt: string
  /** Under the buttons: the number for those who write. */
  questionNumber(number: string): string
  /** How to answer where there are no buttons. */
  howToAllow(number: string, ways: { readonly always: boolean; readonly react: boolean }): string
  howToChoose(
    number: string,
    ways: {
      readonly choose: 'none' | 'tap' | 'write'
      /** Words of one's own, as a reply or with the number. */
      readonly own: 'none' | 'reply' | 'write'
    },
  ): string
  /** Where what follows concerns a question that was asked further up. */
  aboutQuestion(number: string, line: string): string
  allowed(by: string): string
  allowedAlways(by: string): string
  denied(by: string): string
  chosen(answer: string, by: string): string
  unanswered: string
  noLongerAsked: string
  notYours: string
  /** An answer that fits none of those there are. */
  notAnAnswer(number: string): string
  /** An answer of the gateway's own to a question, with who gave it. */
  saidBy(line: string, by: string): string
}

export const englishAsks: AskSentences = {
  mayI: 'May I do this?',
  agentAsks: 'My agent asks:',
  allowOnce: 'Allow once',
  allowAlways: 'Always',
  denyIt: 'Deny',
  questionNumber: (number) => `Question ${number}`,
  howToAllow: (number, { always, react }) =>
    `${react ? 'React with 👍 or 👎, or write' : 'Write'} "yes ${number}"${always ? `, "always ${number}"` : ''} or "no ${number}".`,
  howToChoose: (number, { choose, own }) => {
    const ways = [
      ...{
        none: [],
        tap: ['tap an answer'],
        write: [`write "${number} 1" for the first answer, and so on`],
      }[choose],
      ...{
        none: [],
        reply: ['reply to this message with your own words'],
        write: [`write "${number}: …" with your own words`],
      }[own],
    ]
    return `Question ${number}: ${ways.join(', or ')}.`
  },
  aboutQuestion: (number, line) => `Question ${number}: ${line}`,
  allowed: (by) => `Allowed once by ${by}.`,
  allowedAlways: (by) => `Allowed from now on by ${by}.`,
  denied: (by) => `Denied by ${by}.`,
  chosen: (answer, by) => `Answered by ${by}: ${answer}`,
  unanswered: 'Nobody answered in time.',
  noLongerAsked: 'This is no longer needed.',
  notYours: 'That question is for others to answer.',
  notAnAnswer: (number) =>
    `I do not understand that as an answer to question ${number}, which is still open.`,
  saidBy: (line, by) => `${line} (${by})`,
}

export const germanAsks: AskSentences = {
  mayI: 'Darf ich das tun?',
  agentAsks: 'Mein Agent fragt:',
  allowOnce: 'Einmal erlauben',
  allowAlways: 'Immer',
  denyIt: 'Ablehnen',
  questionNumber: (number) => `Frage ${number}`,
  howToAllow: (number, { always, react }) =>
    `${react ? 'Reagiere mit 👍 oder 👎, oder schreib' : 'Schreib'} „ja ${number}“${always ? `, „immer ${number}“` : ''} oder „nein ${number}“.`,
  howToChoose: (number, { choose, own }) => {
    const ways = [
      ...{
        none: [],
        tap: ['tippe auf eine Antwort'],
        write: [`schreib „${number} 1“ für die erste Antwort und so weiter`],
      }[choose],
      ...{
        none: [],
        reply: ['antworte auf diese Nachricht mit eigenen Worten'],
        write: [`schreib „${number}: …“ mit eigenen Worten`],
      }[own],
    ]
    return `Frage ${number}: ${ways.join(', oder ')}.`
  },
  aboutQuestion: (number, line) => `Frage ${number}: ${line}`,
  allowed: (by) => `Einmal erlaubt von ${by}.`,
  allowedAlways: (by) => `Ab jetzt erlaubt von ${by}.`,
  denied: (by) => `Abgelehnt von ${by}.`,
  chosen: (answer, by) => `Beantwortet von ${by}: ${answer}`,
  unanswered: 'Niemand hat rechtzeitig geantwortet.',
  noLongerAsked: 'Das ist nicht mehr nötig.',
  notYours: 'Diese Frage sollen andere beantworten.',
  notAnAnswer: (number) =>
    `Das verstehe ich nicht als Antwort auf Frage ${number}; sie ist noch offen.`,
  saidBy: (line, by) => `${line} (${by})`,
}
