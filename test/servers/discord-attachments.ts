import { createHash } from 'node:crypto'
import type { APIAttachment } from 'discord.js'
import type { Upload } from './discord-body.ts'
import type { Channel, StoredFile } from './discord-model.ts'
import type { MessageBody } from './discord-rules.ts'
import type { World } from './discord-world.ts'

/** A day, as the platform signs for. */
const signedSeconds = 24 * 60 * 60
const secret = 'known to the file server alone'

/** A file of a message as it is shown now, with an address that works for a day. */
export function attachmentPayload(world: World, channel: Channel, file: StoredFile): APIAttachment {
  const { id, name, size, mime, description, title, seconds, waveform, width, height } = file
  const url = signedUrl(world, `/attachments/${channel.id}/${id}/${encodeURIComponent(name)}`)
  return {
    id,
    filename: name,
    size,
    url,
    proxy_url: url,
    ...(mime === undefined ? {} : { content_type: mime }),
    ...(description === undefined ? {} : { description }),
    ...(title === undefined ? {} : { title }),
    ...(seconds === undefined ? {} : { duration_secs: seconds }),
    ...(waveform === undefined ? {} : { waveform }),
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
  }
}

/** An address that works for a day. */
function signedUrl(world: World, path: string): string {
  const issued = Math.floor(world.now() / 1000)
  const [is, ex] = [issued.toString(16), (issued + signedSeconds).toString(16)]
  return `${world.url}${path}?ex=${ex}&is=${is}&hm=${signature(path, ex)}&`
}

export function signature(path: string, expires: string): string {
  return createHash('sha256').update(`${secret} ${path} ${expires}`).digest('hex')
}

/** Keeps an uploaded file under the name and description that the body gives it. */
export function storeUpload(world: World, upload: Upload, body: MessageBody): StoredFile {
  const about = body.attachments?.find(({ id }) => String(id) === upload.index)
  const fields = Object(about ?? {})
  const { filename = upload.name, description, title, waveform, duration_secs: seconds } = fields
  const file: StoredFile = {
    id: world.nextId(),
    name: safeName(String(filename)),
    content: upload.content,
    size: upload.content.length,
    mime: upload.mime || 'application/octet-stream',
    ...(typeof description === 'string' ? { description } : {}),
    ...(typeof title === 'string' ? { title } : {}),
    ...(typeof waveform === 'string' ? { waveform } : {}),
    ...(typeof seconds === 'number' ? { seconds } : {}),
  }
  world.files.set(file.id, file)
  return file
}

/** Attachment names as the platform keeps them. */
function safeName(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '_') || 'unknown'
}
