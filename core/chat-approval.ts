import { plainChunks } from './plain-chunks.ts'
import { type Sentences, sentencesFor } from './sentences.ts'
import type { ChatWelcome } from './store/effects.ts'
import type { ChatQuestion } from './store/intake.ts'
import type { AskedChat } from './store/requests.ts'

const answerMs = 24 * 3_600_000
const maxPending = 3
const restMs = 7 * 24 * 3_600_000

/** How owners are asked about a chat nobody allowed: a day to answer, and no second time within a week. */
export function chatQuestion(now: number): ChatQuestion {
  return { expiresAt: now + answerMs, maxPending, restMs }
}

/** What to call what an owner allows: the space as a whole where there is one. */
export function nameOf({ address, title, space }: AskedChat): string {
  return space === null ? (title ?? address.chat) : (space.title ?? space.id)
}

/** The question as an owner reads it. */
export function askAbout(about: AskedChat, words: Sentences): string {
  return words.chatRequested({
    name: about.by?.name,
    place: nameOf(about),
    isSpace: about.space !== null,
    channel: about.address.channel,
    isAdded: about.isMembership,
  })
}

/** What follows there once it is allowed: one line for whoever asked, and their answer while it is worth one. */
export function welcomeTo(about: AskedChat, now: number, staleMs: number): ChatWelcome {
  const words = sentencesFor(about.by?.language)
  return {
    freshAfter: staleMs === 0 ? 0 : now - staleMs,
    chunks: (lateMs) =>
      plainChunks(
        lateMs === undefined ? words.chatOpen : words.chatOpenLate(words.duration(lateMs)),
      ),
  }
}
