/** What the gateway says about chats: letting it into them, what is chosen for one of them, and what one cannot take. */
export type ChatSentences = {
  chatRequested(about: ChatRequestFacts): string
  chatAllowed(place: string): string
  chatRefused(place: string): string
  chatOpen: string
  /** What was asked is `age` old, too old to be answered unasked. */
  chatOpenLate(age: string): string
  /** How to answer question `number` where there are reactions but no buttons. */
  answerByReaction(number: string): string
  mention: OnOffSentences
  stream: OnOffSentences
  agents(agent: string, all: readonly string[]): string
  agentChosen(agent: string): string
  groupsOnly: string
  /** A file the platform does not take; `tooLarge` is its size, where that is the reason. */
  fileRefused(name: string, tooLarge: string | undefined): string
  /** For owners: an answer did not arrive. `reason` is the platform's, in our words. */
  undeliverable(channel: string, reason: string, run: string): string
  undeliverableMessage(channel: string, reason: string, run: string): string
}

export type ChatRequestFacts = {
  /** Who added the bot or wrote to it, where the platform says so. */
  readonly name: string | undefined
  readonly place: string
  /** The place is a server, not one chat. */
  readonly isSpace: boolean
  readonly channel: string
  /** It was added; else somebody wrote to it. */
  readonly isAdded: boolean
}

type OnOffSentences = {
  now(isOn: boolean): string
  chosen(isOn: boolean): string
}

export const englishChats: ChatSentences = {
  chatRequested({ name, place, isSpace, channel, isAdded }) {
    const where = isSpace ? `the server ${place}` : place
    if (!isAdded)
      return `${name ?? 'Somebody'} wrote to me in ${where} on ${channel}. May I answer there?`
    return name === undefined
      ? `I was added to ${where} on ${channel}. May I answer there?`
      : `${name} added me to ${where} on ${channel}. May I answer there?`
  },
  chatAllowed: (place) => `I answer in ${place} from now on.`,
  chatRefused: (place) => `All right, I stay silent in ${place}.`,
  chatOpen: 'I may answer here now.',
  chatOpenLate: (age) =>
    `I may answer here now. What you asked is ${age} old: ask again if you still want to know.`,
  answerByReaction: (number) => `React with 👍 or 👎, or write "yes ${number}" or "no ${number}".`,
  mention: {
    now: (isOn) =>
      `${isOn ? 'Here I answer only when I am addressed.' : 'Here I answer every message.'} Owners choose with /mention on, /mention off or /mention default.`,
    chosen: (isOn) =>
      isOn
        ? 'From now on I answer here only when I am addressed.'
        : 'From now on I answer every message here.',
  },
  stream: {
    now: (isOn) =>
      `${isOn ? 'Here you see an answer while it is written.' : 'Here an answer comes when it is finished.'} Owners choose with /stream on, /stream off or /stream default.`,
    chosen: (isOn) =>
      isOn
        ? 'From now on you see an answer here while it is written.'
        : 'From now on an answer comes here when it is finished.',
  },
  agents: (agent, all) =>
    `Here answers: ${agent}. There are: ${all.join(', ')}. Owners choose with /agent and a name, or /agent default.`,
  agentChosen: (agent) => `From now on ${agent} answers here, with a conversation of its own.`,
  groupsOnly: 'That is for groups: in a direct chat I answer every message.',
  fileRefused: (name, tooLarge) =>
    tooLarge === undefined
      ? `I have a file for you that cannot be sent here: ${name}.`
      : `I have a file for you that is too large to be sent here: ${name}, ${tooLarge}.`,
  undeliverable: (channel, reason, run) =>
    `An answer on ${channel} could not be delivered (trace ${run}): ${reason} If there are more today, \`jackdaw deliveries list\` shows them.`,
  undeliverableMessage: (channel, reason, run) =>
    `A message that the agent sent on ${channel} beside its answer could not be delivered (trace ${run}): ${reason} If there are more today, \`jackdaw deliveries list\` shows them.`,
}

export const germanChats: ChatSentences = {
  chatRequested({ name, place, isSpace, channel, isAdded }) {
    const where = isSpace ? `auf dem Server ${place} (${channel})` : `in ${place} auf ${channel}`
    const into = isSpace ? `zum Server ${place} (${channel})` : `zu ${place} auf ${channel}`
    if (!isAdded)
      return `${name ?? 'Jemand'} hat mir ${where} geschrieben. Darf ich dort antworten?`
    return name === undefined
      ? `Ich wurde ${into} hinzugefügt. Darf ich dort antworten?`
      : `${name} hat mich ${into} hinzugefügt. Darf ich dort antworten?`
  },
  chatAllowed: (place) => `Ab jetzt antworte ich in ${place}.`,
  chatRefused: (place) => `Gut, in ${place} bleibe ich still.`,
  chatOpen: 'Ich darf hier jetzt antworten.',
  chatOpenLate: (age) =>
    `Ich darf hier jetzt antworten. Deine Frage ist ${age} alt: Frag noch einmal, wenn du die Antwort noch willst.`,
  answerByReaction: (number) =>
    `Reagiere mit 👍 oder 👎, oder schreib „ja ${number}“ oder „nein ${number}“.`,
  mention: {
    now: (isOn) =>
      `${isOn ? 'Hier antworte ich nur, wenn ich angesprochen werde.' : 'Hier antworte ich auf jede Nachricht.'} Besitzer wählen mit /mention on, /mention off oder /mention default.`,
    chosen: (isOn) =>
      isOn
        ? 'Ab jetzt antworte ich hier nur, wenn ich angesprochen werde.'
        : 'Ab jetzt antworte ich hier auf jede Nachricht.',
  },
  stream: {
    now: (isOn) =>
      `${isOn ? 'Hier siehst du eine Antwort, während sie entsteht.' : 'Hier kommt eine Antwort, wenn sie fertig ist.'} Besitzer wählen mit /stream on, /stream off oder /stream default.`,
    chosen: (isOn) =>
      isOn
        ? 'Ab jetzt siehst du hier eine Antwort, während sie entsteht.'
        : 'Ab jetzt kommt hier eine Antwort, wenn sie fertig ist.',
  },
  agents: (agent, all) =>
    `Hier antwortet: ${agent}. Es gibt: ${all.join(', ')}. Besitzer wählen mit /agent und einem Namen oder mit /agent default.`,
  agentChosen: (agent) => `Ab jetzt antwortet hier ${agent}, in einem eigenen Gespräch.`,
  groupsOnly: 'Das gilt nur für Gruppen: Im direkten Gespräch antworte ich auf jede Nachricht.',
  fileRefused: (name, tooLarge) =>
    tooLarge === undefined
      ? `Ich habe eine Datei, die sich hier nicht verschicken lässt: ${name}.`
      : `Ich habe eine Datei, die für diesen Chat zu groß ist: ${name}, ${tooLarge}.`,
  undeliverable: (channel, reason, run) =>
    `Eine Antwort auf ${channel} kam nicht an (trace ${run}): ${reason} Gibt es heute mehr davon, zeigt sie \`jackdaw deliveries list\`.`,
  undeliverableMessage: (channel, reason, run) =>
    `Eine Nachricht, die der Agent auf ${channel} neben seiner Antwort schickte, kam nicht an (trace ${run}): ${reason} Gibt es heute mehr davon, zeigt sie \`jackdaw deliveries list\`.`,
}
