import type { Clock } from '../../../core/clock.ts'
import type { ChannelHost } from '../../../core/ports.ts'

/** Resolves once the frames are stored; rejects when none of them is, and then they are offered again. */
export type Take = (frames: readonly unknown[]) => Promise<void>

/** A way on which messages of one Signal account come in. */
export type FrameSource = {
  /**
   * Offers frames, parsed and in their order, until `signal` aborts; then resolves when what had arrived by then is
   * stored or was refused once more. Connections are kept alive by the source. Never rejects.
   */
  run(take: Take, signal: AbortSignal): Promise<void>
}

/** What every source needs to know. */
export type SourceOptions = {
  /** Of signal-cli-rest-api. */
  readonly url: string
  /** `+4915112345678`, exactly as signal-cli spells it: another spelling is met with silence. */
  readonly account: string
  readonly clock: Clock
  /** How receiving is; `up` once frames can come. */
  readonly report: ChannelHost['report']
  /** Proof that the other side is there, with or without messages. */
  readonly alive: () => void
}
