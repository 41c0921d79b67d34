import { readFile, stat } from 'node:fs/promises'

/** A picture as a model takes it. */
export type ModelImage = { readonly mime: string; readonly bytes: Uint8Array }

/** Hosted models scale larger pictures down themselves, after an upload that nobody needed. */
const maxEdge = 2048
/** Below this a picture is not even measured. */
const smallBytes = 512 * 1024
/** A hostile file may say that it is endlessly large; a good camera makes a third of this. */
const maxPixels = 150_000_000
const qualities = [85, 70, 50] as const

/**
 * Reads a picture for a model: as it is when it is small enough, else scaled down to JPEG (or PNG where it is see-through),
 * upright. Undefined when it cannot be read as a picture or stays above `maxBytes`. A GIF that moves gives its
 * first frame when it is too large.
 */
export async function shrinkImage(
  path: string,
  mime: string,
  options: { readonly maxBytes: number; readonly signal: AbortSignal },
): Promise<ModelImage | undefined> {
  const { maxBytes, signal } = options
  const { size } = await stat(path)
  if (size <= Math.min(smallBytes, maxBytes)) return { mime, bytes: await readFile(path) }
  const sharp = await loadSharp()
  if (!sharp) return size <= maxBytes ? { mime, bytes: await readFile(path) } : undefined
  const open = () => sharp(path, { limitInputPixels: maxPixels, failOn: 'error' })
  const about = await open().metadata()
  if (size <= maxBytes && Math.max(about.width, about.height) <= maxEdge)
    return { mime, bytes: await readFile(path) }
  for (const quality of qualities) {
    signal.throwIfAborted()
    const scaled = open()
      .rotate()
      .resize({ width: maxEdge, height: maxEdge, fit: 'inside', withoutEnlargement: true })
    const isSeeThrough = about.hasAlpha && quality === qualities[0]
    const bytes = await (isSeeThrough
      ? scaled.png({ compressionLevel: 9 })
      : scaled.flatten({ background: '#ffffff' }).jpeg({ quality, mozjpeg: true })
    ).toBuffer()
    if (bytes.length <= maxBytes) return { mime: isSeeThrough ? 'image/png' : 'image/jpeg', bytes }
  }
  return undefined
}

/** Some 20 MB, so it is loaded with the first large picture. Undefined on a platform it has no build for. */
async function loadSharp() {
  try {
    const { default: sharp } = await import('sharp')
    // One picture at a time and nothing kept: this is a gateway, not an image server.
    sharp.cache(false)
    sharp.concurrency(1)
    return sharp
  } catch {
    return undefined
  }
}
