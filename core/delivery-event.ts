import type { CoreEvent } from './events.ts'
import type { Address } from './model.ts'
import { toolRunOf } from './tool-key.ts'

type DeliveryEvent = Extract<CoreEvent, { type: 'delivery.changed' }>

type Subject = {
  readonly id: string
  readonly key: string
  readonly runId: string | undefined
  readonly to: Address
}

/** What is said when a delivery changes. */
export function deliveryEvent(
  { id, key, runId, to }: Subject,
  state: DeliveryEvent['state'],
  more: Pick<DeliveryEvent, 'detail' | 'latencyMs'>,
): DeliveryEvent {
  const toolRunId = toolRunOf(key)
  return {
    type: 'delivery.changed',
    deliveryId: id,
    runId,
    address: to,
    state,
    ...(toolRunId !== undefined && { toolRunId }),
    ...more,
  }
}
