import { z } from '@hono/zod-openapi'
import type { RunEvent, StoredFile } from '../../core/model.ts'
import type { PairingRow, SenderRow } from '../../core/store/access.ts'
import type { DeliveryRow } from '../../core/store/deliveries.ts'
import type { RunRow } from '../../core/store/runs.ts'
import type { SessionRow } from '../../core/store/sessions.ts'

/** The shapes of the API and how rows become them. Times are ISO 8601, as UTC. */

const time = z.iso.datetime()

export const runStates = [
  'queued',
  'running',
  'waiting',
  'completed',
  'failed',
  'cancelled',
  'superseded',
] as const

export const queueModes = ['steer', 'collect', 'followup', 'interrupt'] as const

export const attachmentShape = z
  .object({ name: z.string(), mime: z.string(), size: z.int(), url: z.string() })
  .openapi('Attachment')

export const runShape = z
  .object({
    id: z.string(),
    state: z.enum(runStates),
    session: z.string(),
    agent: z.string(),
    source: z.enum(['message', 'api', 'job', 'heartbeat', 'compact']),
    text: z.string(),
    reply: z.object({ text: z.string(), attachments: z.array(attachmentShape) }).nullable(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    attempt: z.int(),
    createdAt: time,
    startedAt: time.nullable(),
    finishedAt: time.nullable(),
    supersededBy: z.string().nullable(),
  })
  .openapi('Run')

export const eventShape = z
  .object({
    runId: z.string(),
    seq: z.int(),
    type: z.string(),
    at: time,
    data: z.record(z.string(), z.unknown()),
  })
  .openapi('Event')

export const sessionShape = z
  .object({
    id: z.string(),
    key: z.string(),
    agent: z.string(),
    generation: z.int(),
    mode: z.enum(queueModes).nullable(),
    model: z.string().nullable(),
    agentMode: z.string().nullable(),
    channel: z.string().nullable(),
    chat: z.string().nullable(),
    title: z.string().nullable(),
    createdAt: time,
    lastAt: time,
  })
  .openapi('Session')

export const deliveryStates = ['pending', 'sending', 'sent', 'uncertain', 'discarded'] as const

export const deliveryShape = z
  .object({
    id: z.string(),
    run: z.string().nullable(),
    channel: z.string(),
    chat: z.string(),
    thread: z.string().nullable(),
    lane: z.enum(['answer', 'control']),
    state: z.enum(deliveryStates),
    attempts: z.int(),
    text: z.string(),
    file: z.string().nullable(),
    error: z.string().nullable(),
    platformMessageId: z.string().nullable(),
    createdAt: time,
    sentAt: time.nullable(),
  })
  .openapi('Delivery')

export const pairingShape = z
  .object({
    id: z.string(),
    channel: z.string(),
    sender: z.string(),
    senderName: z.string(),
    createdAt: time,
    expiresAt: time,
  })
  .openapi('Pairing')

export const senderStatuses = ['paired', 'allowed', 'owner', 'blocked'] as const

export const senderShape = z
  .object({
    channel: z.string(),
    id: z.string(),
    name: z.string(),
    status: z.enum(senderStatuses),
    since: time,
  })
  .openapi('Sender')

export function formatTime(at: number): string {
  return new Date(at).toISOString()
}

export function formatAttachment(file: StoredFile): z.infer<typeof attachmentShape> {
  const { name, mime, size, sha256 } = file
  return { name, mime, size, url: `/api/v1/files/${sha256}` }
}

export function formatRun(row: RunRow): z.infer<typeof runShape> {
  return {
    id: row.id,
    state: row.state,
    session: row.sessionId,
    agent: row.agent,
    source: row.source,
    text: row.text,
    reply: row.reply && {
      text: row.reply.text,
      attachments: row.reply.files.map(formatAttachment),
    },
    error: row.error && { code: row.error.code, message: row.error.message },
    attempt: row.attempt,
    createdAt: formatTime(row.createdAt),
    startedAt: formatOptionalTime(row.startedAt),
    finishedAt: formatOptionalTime(row.finishedAt),
    supersededBy: row.supersededBy,
  }
}

export function formatEvent(event: RunEvent): z.infer<typeof eventShape> {
  const { runId, seq, type, at, data } = event
  return { runId, seq, type, at: formatTime(at), data }
}

export function formatSession(row: SessionRow): z.infer<typeof sessionShape> {
  const { choices, createdAt, lastAt, ...rest } = row
  const { model = null, mode: agentMode = null } = choices
  return { ...rest, model, agentMode, createdAt: formatTime(createdAt), lastAt: formatTime(lastAt) }
}

export function formatDelivery(row: DeliveryRow): z.infer<typeof deliveryShape> {
  const { runId, createdAt, sentAt, ...rest } = row
  return {
    ...rest,
    run: runId,
    createdAt: formatTime(createdAt),
    sentAt: formatOptionalTime(sentAt),
  }
}

export function formatPairing(row: PairingRow): z.infer<typeof pairingShape> {
  const { id, channel, sender, senderName, createdAt, expiresAt } = row
  return {
    id,
    channel,
    sender,
    senderName,
    createdAt: formatTime(createdAt),
    expiresAt: formatTime(expiresAt),
  }
}

export function formatSender(row: SenderRow): z.infer<typeof senderShape> {
  const { channel, id, name, status, at } = row
  return { channel, id, name, status, since: formatTime(at) }
}

function formatOptionalTime(at: number | null): string | null {
  return at === null ? null : formatTime(at)
}
