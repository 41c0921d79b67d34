import type { Address, ChatKind, Disposition, RunEventType, RunState } from './model.ts'
import type { ChannelState } from './ports.ts'
import type { ProgressStep } from './progress.ts'
import type { OccurrenceStep } from './scheduler/job-store.ts'

/**
 * What core says has happened. The log, the metrics and the page's streams subscribe; core words no log line.
 * Nothing here carries the text of a message except `run.live`, which is for the page alone.
 */
export type CoreEvent =
  | {
      readonly type: 'message.received'
      readonly messageId: string
      readonly platformId: string
      readonly address: Address
      readonly chatKind: ChatKind
      readonly disposition: Disposition
      readonly reason?: string
      readonly runId?: string
    }
  /** Messages that waited as a run of their own were handed to the turn that runs. */
  | {
      readonly type: 'message.noted'
      readonly address: Address
      readonly platformIds: readonly string[]
      readonly runId: string
    }
  | { readonly type: 'message.repeated'; readonly address: Address; readonly platformId: string }
  | {
      readonly type: 'command.done'
      readonly address: Address
      readonly messageId: string
      readonly command: string
    }
  | {
      readonly type: 'run.changed'
      readonly event: RunEventType
      readonly runId: string
      readonly agent: string
      readonly state: RunState
      readonly address?: Address
      readonly attempt?: number
      /** Since acceptance, when the run ended. */
      readonly durationMs?: number
      readonly code?: string
    }
  /** The whole visible answer so far, and what the agent did beside it. */
  | {
      readonly type: 'run.live'
      readonly runId: string
      readonly address?: Address
      readonly text: string
      readonly steps: readonly ProgressStep[]
    }
  | {
      readonly type: 'delivery.changed'
      readonly deliveryId: string
      readonly runId: string | undefined
      /** The run whose agent sent it with a tool, beside its answer. */
      readonly toolRunId?: string
      readonly address: Address
      readonly state: 'queued' | 'sent' | 'retrying' | 'uncertain' | 'discarded'
      readonly detail?: string
      /** Since it was queued, when it was sent. */
      readonly latencyMs?: number
    }
  /** A step of an occurrence of a job. */
  | ({ readonly type: 'occurrence.changed' } & OccurrenceStep)
  /** The sign that shows or no longer shows for a run, also for one that is still queued. */
  | {
      readonly type: 'typing'
      readonly runId: string
      readonly address: Address
      readonly isOn: boolean
    }
  | {
      readonly type: 'channel.changed'
      readonly channel: string
      readonly state: ChannelState
      readonly detail: string
    }
  | { readonly type: 'channel.alive'; readonly channel: string }
  | { readonly type: 'pairing.requested'; readonly pairingId: string; readonly channel: string }
  | {
      readonly type: 'tokens.used'
      readonly agent: string
      readonly inputTokens: number
      readonly outputTokens: number
      /** Part of `inputTokens`. */
      readonly cachedTokens: number
    }
  /** Something that should not happen happened and was survived: a bug or a broken machine. */
  | { readonly type: 'fault'; readonly where: string; readonly error: unknown }

/** Tells every listener, in order; a listener that throws is reported as a fault and harms nobody else. */
export class Events {
  readonly #listeners = new Set<(event: CoreEvent) => void>()

  /** Returns the function that ends the subscription. */
  subscribe(listener: (event: CoreEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  emit(event: CoreEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (error) {
        // A fault about a fault would go round for ever.
        if (event.type !== 'fault') this.emit({ type: 'fault', where: 'event listener', error })
      }
    }
  }
}
