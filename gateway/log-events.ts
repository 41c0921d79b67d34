import type { CoreEvent, Events } from '../core/events.ts'
import type { Address, Disposition } from '../core/model.ts'
import type { Log } from './log.ts'

/** Logs what core says has happened, until the returned function is called. Nothing else words these lines. */
export function logEvents(events: Events, log: Log): () => void {
  return events.subscribe((event) => {
    // Most events of a message are for debugging; below that level they are not even worded.
    if (!isForDebugging(event) || log.isLevelEnabled('debug')) logEvent(event, log)
  })
}

function isForDebugging(event: CoreEvent): boolean {
  switch (event.type) {
    case 'message.received':
      return event.disposition === 'run' || event.disposition === 'observed'
    case 'run.changed':
      return event.event === 'run.started'
    case 'delivery.changed':
      return event.state === 'sent' || event.state === 'queued'
    default:
      return false
  }
}

const received: Readonly<Record<Disposition, string>> = {
  run: 'message accepted',
  observed: 'message observed',
  dropped: 'message dropped',
  control: 'command received',
  held: 'message held',
  expired: 'message expired',
}

function logEvent(event: CoreEvent, log: Log): void {
  switch (event.type) {
    case 'message.received': {
      const { messageId, disposition, reason, runId, address } = event
      const details = { message: messageId, ...place(address), reason, run: runId }
      // A message that is run ends with a line of its run: one line a message, at info, is what stays readable.
      const say = disposition === 'observed' || disposition === 'run' ? 'debug' : 'info'
      log[say](details, received[disposition])
      break
    }
    case 'message.noted':
      log.info({ run: event.runId, ...place(event.address) }, 'message handed to the running turn')
      break
    case 'message.repeated':
      log.debug({ platformId: event.platformId, ...place(event.address) }, 'message repeated')
      break
    case 'command.done': {
      const { messageId, command, address } = event
      log.info({ message: messageId, ...place(address) }, `command /${command}`)
      break
    }
    case 'run.changed':
      logRun(event, log)
      break
    case 'delivery.changed':
      logDelivery(event, log)
      break
    case 'channel.changed': {
      const { channel, state, detail } = event
      const say = state === 'failed' ? 'error' : state === 'retrying' ? 'warn' : 'info'
      log[say]({ channel, ...(detail === '' ? {} : { detail }) }, `channel ${state}`)
      break
    }
    case 'pairing.requested': {
      const { pairingId, channel } = event
      log.info({ pairing: pairingId, channel }, 'pairing requested')
      break
    }
    case 'tokens.used': {
      const { agent, inputTokens, outputTokens } = event
      log.debug({ agent, input: inputTokens, output: outputTokens }, 'tokens used')
      break
    }
    case 'occurrence.changed': {
      const { id, jobId, name, state, delivery, runId, reason } = event
      const say = state === 'failed' || delivery === 'failed' ? 'warn' : 'debug'
      const details = {
        occurrence: id,
        job: jobId,
        name,
        run: runId,
        reason,
        delivery,
      }
      log[say](details, `job ${state}`)
      break
    }
    case 'fault':
      log.error({ where: event.where, err: event.error }, 'unexpected error')
      break
    case 'run.live':
    case 'typing':
    case 'channel.alive':
      break
  }
}

function logRun(event: Extract<CoreEvent, { type: 'run.changed' }>, log: Log): void {
  const { event: type, runId, agent, address, attempt, durationMs, code } = event
  const details = {
    run: runId,
    agent,
    ...(address && place(address)),
    attempt,
    ms: durationMs,
    code,
  }
  const words = type.replace('.', ' ')
  if (type === 'run.text' || type === 'run.tool' || type === 'run.started')
    log.debug(details, words)
  else if (type === 'run.failed' || type === 'run.retrying') log.warn(details, words)
  else log.info(details, words)
}

function logDelivery(event: Extract<CoreEvent, { type: 'delivery.changed' }>, log: Log): void {
  const { deliveryId, runId, address, state, detail, latencyMs } = event
  const details = {
    delivery: deliveryId,
    ...place(address),
    run: runId,
    detail,
    ms: latencyMs,
  }
  const words = `delivery ${state}`
  if (state === 'queued' || state === 'sent') log.debug(details, words)
  else log.warn(details, words)
}

/** What is undefined is not in the line: pino leaves it out. */
function place({ channel, chat, thread }: Address): Readonly<Record<string, string | undefined>> {
  return { channel, chat, thread }
}
