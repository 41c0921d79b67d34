import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, realpath } from 'node:fs/promises'
import { basename, isAbsolute, relative, resolve, sep } from 'node:path'
import type { Channels } from '../channels.ts'
import type { Clock } from '../clock.ts'
import { TooLargeError } from '../errors.ts'
import { safeFileName } from '../file-names.ts'
import type { StoredFile } from '../model.ts'
import type { BlobStore } from '../ports.ts'
import type { Renderer } from '../renderer.ts'
import type { Settings } from '../settings.ts'
import { sniffFile } from '../sniff.ts'
import type { DeliveryStore } from '../store/deliveries.ts'
import type { ToolStore } from '../store/tools.ts'
import { toolKey } from '../tool-key.ts'
import { nameOf, targetOf } from './reach.ts'
import type { Tool } from './tool-call.ts'
import { ToolError } from './tool-error.ts'

export type SendFileInput = {
  readonly path: string
  readonly caption?: string | undefined
  readonly chat?: string | undefined
}

/** Where the channel is away and its limit is not known. */
const fallbackBytes = 10 * 1024 * 1024

/**
 * Sends a file of the agent's workspace. What stands behind every link must be inside it, and what is checked is what
 * is sent: the file is opened once, and its copy in the blob store goes out. The same file goes to a chat once in a run.
 */
export function sendFile(parts: {
  readonly tools: ToolStore
  readonly deliveries: Pick<DeliveryStore, 'queue'>
  readonly renderer: Pick<Renderer, 'render'>
  readonly blobs: BlobStore
  readonly channels: Pick<Channels, 'adapter'>
  readonly clock: Clock
  readonly settings: () => Settings
  /** The folders an agent works in. */
  readonly foldersOf: (agent: string) => readonly string[]
  readonly onDeliveries: () => void
}): Tool<SendFileInput> {
  return async ({ standing, signal }, { path, caption = '', chat }) => {
    const { tools, deliveries, renderer, blobs, channels, clock, settings } = parts
    const place = await targetOf(standing, chat, tools, settings())
    const { channel } = place.address
    const maxBytes = channels.adapter(channel)?.capabilities.maxUploadBytes ?? fallbackBytes
    const { file, name } = await openInside(path, parts.foldersOf(standing.run.agent))
    const stored = await keep(file, name, { blobs, maxBytes, channel, signal })
    const reply = { text: caption, format: 'markdown' as const, files: [stored] }
    const chunks = await renderer.render(channel, reply)
    const hash = createHash('sha256')
      .update(`${place.id}\n${stored.sha256}\n${stored.name}\n${caption}`)
      .digest('base64url')
    const key = toolKey(standing.run.id, `file:${hash}`)
    const queued = deliveries.queue(place.address, { chunks, lane: 'answer' }, key, clock.now())
    parts.onDeliveries()
    await queued
    return {
      text: `${stored.name} (${stored.mime}, ${stored.size} bytes) is on its way to ${nameOf(place)}.`,
      target: place.id,
      outcome: 'queued',
    }
  }
}

async function keep(
  file: FileHandle,
  name: string,
  to: { blobs: BlobStore; maxBytes: number; channel: string; signal: AbortSignal },
): Promise<StoredFile> {
  const { blobs, maxBytes, channel, signal } = to
  try {
    const { size } = await file.stat()
    if (size === 0) throw new ToolError(`${name} is empty.`)
    if (size > maxBytes) throw new TooLargeError(maxBytes)
    const blob = await blobs.put(file.createReadStream({ autoClose: false }), maxBytes, signal)
    const { mime, extension } = await sniffFile(blob.path, undefined)
    return {
      sha256: blob.sha256,
      size: blob.size,
      mime,
      name: safeFileName(name, 'file', extension),
    }
  } catch (error) {
    if (!(error instanceof TooLargeError)) throw error
    throw new ToolError(
      `${name} is too large: ${channel} takes files of at most ${maxBytes} bytes. Send a smaller one, or its parts.`,
    )
  } finally {
    await file.close()
  }
}

/** Opens a plain file whose real place is inside one of the folders. Throws `ToolError`. */
async function openInside(
  path: string,
  folders: readonly string[],
): Promise<{ readonly file: FileHandle; readonly name: string }> {
  const [first = ''] = folders
  const asked = isAbsolute(path) ? path : resolve(first, path)
  const real = path.includes('\0') ? undefined : await realPath(asked)
  if (real === undefined) throw new ToolError(`There is no file ${path} in your workspace.`)
  const roots = await Promise.all(folders.map(realPath))
  if (!roots.some((root) => root !== undefined && isInside(root, real))) {
    throw new ToolError(
      `${path} is not inside your workspace. Copy the file there first; only files of the workspace can be sent.`,
    )
  }
  // Neither through a link that took its place meanwhile, nor waiting for a pipe.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(real, flags).catch(() => undefined)
  if (!file) throw new ToolError(`${path} cannot be read.`)
  const isSame = (await file.stat()).isFile() && (await realPath(real)) === real
  if (isSame) return { file, name: basename(asked) }
  await file.close()
  throw new ToolError(`${path} is not a plain file.`)
}

async function realPath(path: string): Promise<string | undefined> {
  return await realpath(path).catch(() => undefined)
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}
