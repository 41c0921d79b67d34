import type { BlobStore, OutboundDelivery } from './ports.ts'
import type { ClaimedDelivery } from './store/deliveries.ts'

/** A claimed row as an adapter sees it. */
export function outboundOf(
  { id, key, to, chunk }: ClaimedDelivery,
  blobs: BlobStore,
): OutboundDelivery {
  return { id, key, to, chunk, ...(chunk.file && { filePath: blobs.path(chunk.file.sha256) }) }
}
