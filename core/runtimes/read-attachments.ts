import { open, readFile } from 'node:fs/promises'
import type { StoredFile } from '../model.ts'
import type { TurnAttachment, TurnMessage } from '../runtime-port.ts'
import { shrinkImage } from './images/shrink-image.ts'
import type { AttachmentView } from './prompt.ts'

/** A picture or a PDF as it goes to the model. */
export type InputFile = {
  readonly mime: string
  readonly name: string
  readonly bytes: Uint8Array
}

export type AttachmentInput = {
  readonly files: readonly InputFile[]
  readonly views: ReadonlyMap<TurnAttachment, AttachmentView>
}

/** Most hosted models take pictures up to this size; larger ones are refused there. */
const maxImageBytes = 5 * 1024 * 1024
/** A PDF or a recording. */
const maxWholeBytes = 20 * 1024 * 1024
const maxFiles = 10
type Takes = boolean | ((mime: string) => boolean)

const imageMimes = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp'])
const pdfMime = 'application/pdf'

const textMimes =
  /^(text\/|application\/(json|xml|yaml|x-yaml|toml|sql|javascript|typescript|x-sh|.+\+(json|xml)$))/
const textNames =
  /\.(txt|md|csv|tsv|log|json|jsonl|ya?ml|toml|ini|cfg|conf|xml|html?|css|[cm]?[jt]sx?|py|rb|go|rs|java|kt|c|h|cpp|hpp|cs|php|sh|sql|diff|patch|srt|vcf|ics)$/i

/**
 * Reads what a model can take in of the files of a turn: pictures, scaled down where they are large, PDFs as they are,
 * text files up to `maxTextBytes` in all. Every other file gets a remark, so that the model never talks about what it
 * has not seen. Files of the background are not read, and archives are never opened. A file that cannot be read is a
 * remark too, never an error; nor is an abort.
 */
export async function readAttachments(
  messages: readonly TurnMessage[],
  options: {
    readonly maxTextBytes: number
    /** All pictures and PDFs, none, or those of these types; sound only where it is named so. */
    readonly takesFiles: boolean | ((mime: string) => boolean)
    readonly signal: AbortSignal
  },
): Promise<AttachmentInput> {
  const files: InputFile[] = []
  const views = new Map<TurnAttachment, AttachmentView>()
  let textBytesLeft = options.maxTextBytes
  for (const message of messages) {
    if (message.form !== 'full' || options.signal.aborted) continue
    for (const attachment of message.attachments) {
      const { file, path } = attachment
      if (!file || path === undefined || attachment.transcript !== undefined) continue
      if (isWhole(file, options.takesFiles)) {
        const taken = takes(options.takesFiles, file.mime)
          ? await readWhole(file, path, files.length, options.signal)
          : remark('The model does not take files of this kind, so you cannot see it.')
        if ('bytes' in taken) files.push(taken)
        else views.set(attachment, taken)
      } else if (textMimes.test(file.mime) || textNames.test(file.name)) {
        const view = await readText(path, textBytesLeft).catch(() => unreadable)
        if ('content' in view) textBytesLeft -= Buffer.byteLength(view.content)
        views.set(attachment, view)
      } else {
        views.set(attachment, remark('You cannot open files of this kind.'))
      }
    }
  }
  return { files, views }
}

function isWhole({ mime }: StoredFile, takesFiles: Takes): boolean {
  if (imageMimes.has(mime) || mime === pdfMime) return true
  return mime.startsWith('audio/') && typeof takesFiles === 'function' && takesFiles(mime)
}

function takes(takesFiles: Takes, mime: string): boolean {
  return typeof takesFiles === 'function' ? takesFiles(mime) : takesFiles
}

async function readWhole(
  file: StoredFile,
  path: string,
  taken: number,
  signal: AbortSignal,
): Promise<InputFile | AttachmentView> {
  if (taken >= maxFiles) return remark('It is one too many, so you cannot see it.')
  const { name, mime, size } = file
  try {
    if (!imageMimes.has(mime)) {
      if (size > maxWholeBytes) return remark('The file is too large to be shown to you.')
      return { name, mime, bytes: await readFile(path, { signal }) }
    }
    const image = await shrinkImage(path, mime, { maxBytes: maxImageBytes, signal })
    return image ? { name, ...image } : remark('The picture is too large, so you cannot see it.')
  } catch {
    return unreadable
  }
}

function remark(text: string): AttachmentView {
  return { remark: text }
}

const unreadable = remark('The file cannot be read.')

async function readText(path: string, maxBytes: number): Promise<AttachmentView> {
  if (maxBytes <= 0) return { remark: 'The file is one too many to be shown to you.' }
  await using file = await open(path)
  const buffer = Buffer.alloc(maxBytes + 1)
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
  const isCut = bytesRead > maxBytes
  const content = decode(buffer.subarray(0, Math.min(bytesRead, maxBytes)), isCut)
  if (content === undefined) return { remark: 'The file is not plain text, so you cannot read it.' }
  return {
    content: isCut
      ? `${content}\n[… the file goes on, but is too long to be shown whole]`
      : content,
  }
}

/** Returns `undefined` for what is not UTF-8 text. A cut may fall within a character, which is then left out. */
function decode(bytes: Uint8Array, isCut: boolean): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut })
    return text.includes('\0') ? undefined : text
  } catch {
    return undefined
  }
}
