import type { Chunk } from './model.ts'

/** Own sentences are plain text; they are short, so they are one chunk. */
export function plainChunks(text: string): readonly Chunk[] {
  return [{ text }]
}
