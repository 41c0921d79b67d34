import type {
  Message,
  Part,
  PermissionRequest,
  QuestionRequest,
  SessionPromptAsyncData,
} from '@opencode-ai/sdk/v2/client'

/** Where a server listens, and who may use it. */
export type Endpoint = {
  readonly url: string
  readonly username: string
  readonly password: string
}

/** Where a turn's prompt is, or is to go. */
export type Place = { readonly sessionId: string; readonly promptId: string }

/** A message as the server has stored it. */
export type StoredTurnMessage = { readonly info: Message; readonly parts: readonly Part[] }

/** What a turn is asked with. */
export type Prompt = Omit<NonNullable<SessionPromptAsyncData['body']>, 'noReply' | 'tools'>

/** A model of a provider. */
export type ModelRef = NonNullable<Prompt['model']>

/** Requests that wait for an answer. */
export type Pending = {
  readonly permissions: readonly PermissionRequest[]
  readonly questions: readonly QuestionRequest[]
}
