import type { BlobStore } from './ports.ts'
import type { HistoryEntry, Turn, TurnAttachment, TurnMessage } from './runtime-port.ts'
import type { ClaimedRun, StoredAttachment, StoredMessage } from './store/runs.ts'
import type { SessionStore } from './store/sessions.ts'

/** What the runtime is asked to do, from the claimed rows. */
export function turnOf(run: ClaimedRun, sessions: SessionStore, blobs: BlobStore): Turn {
  return {
    runId: run.id,
    attempt: run.attempt,
    agent: run.agent,
    session: run.session,
    chatKind: run.route?.chatKind ?? 'none',
    choices: run.choices,
    messages: run.messages.map((message) => turnMessage(message, blobs)),
    ...(run.promptId !== undefined && { promptId: run.promptId }),
    isInterrupted: wasCutOff(run),
    history: (limit): Promise<readonly HistoryEntry[]> =>
      sessions.history(run.session.id, run.session.generation, run.id, limit),
  }
}

/** A retry after a failure begins anew; what was begun without a failure, or lost on the way, was cut off. */
function wasCutOff({ lastError, attempt, promptId }: ClaimedRun): boolean {
  if (lastError !== undefined && lastError.code !== 'lost') return false
  return attempt > 1 || promptId !== undefined
}

/** A stored message as the runtime reads it. */
export function turnMessage(message: StoredMessage, blobs: BlobStore): TurnMessage {
  const { platformId: _, sentAt, attachments, ...rest } = message
  return {
    ...rest,
    at: sentAt,
    attachments: attachments.map((attachment) => turnAttachment(attachment, blobs)),
  }
}

function turnAttachment(attachment: StoredAttachment, blobs: BlobStore): TurnAttachment {
  const { kind, name, file, durationMs, transcript } = attachment
  return {
    kind,
    name,
    ...(file && { file, path: blobs.path(file.sha256) }),
    ...(!file && { unavailable: attachment.unavailable ?? `[${kind}: did not arrive in time]` }),
    ...(durationMs !== undefined && { durationMs }),
    ...(transcript !== undefined && { transcript }),
  }
}
