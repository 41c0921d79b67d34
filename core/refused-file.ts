import { formatSize } from './attachment-line.ts'
import { plainChunks } from './plain-chunks.ts'
import { sentencesFor } from './sentences.ts'
import type { AccessStore } from './store/access.ts'
import type { ClaimedDelivery, DeliveryStore } from './store/deliveries.ts'

/**
 * Queues a sentence for the chat where a delivery's file does not come, because the platform refuses it for good; for a
 * delivery without a file, nothing. `code` is that of the refusal. Once per delivery, however often it is refused, so it
 * is called before the file is given up: a crash in between loses nothing.
 */
export async function tellOfRefusedFile(
  { to, chunk, lane, key }: ClaimedDelivery,
  code: string,
  { access, store }: { readonly access: AccessStore; readonly store: DeliveryStore },
  now: number,
): Promise<void> {
  if (!chunk.file) return
  const { name, size } = chunk.file
  const words = sentencesFor(await access.language(to.account, to.chat))
  const text = words.fileRefused(name, code === 'too-large' ? formatSize(size) : undefined)
  await store.queue(to, { chunks: plainChunks(text), lane }, `${key}:refused`, now)
}
