import { formatSize } from './format.ts'

/** The files of the message being written, and why the last ones were not taken. */
export type FileTray = { readonly files: readonly File[]; readonly problem: string | null }

export const emptyTray: FileTray = { files: [], problem: null }

const maxBytes = 25 * 1024 * 1024
const maxFiles = 10

/** Adds what fits into one message; what does not is named with the limit. */
export function addFiles(had: readonly File[], added: readonly File[]): FileTray {
  const files = [...had]
  const problems: string[] = []
  let total = had.reduce((sum, file) => sum + file.size, 0)
  for (const file of added) {
    if (files.length >= maxFiles) {
      problems.push(`A message takes up to ${maxFiles} files. Send the others in a second one.`)
      break
    }
    if (file.size > maxBytes)
      problems.push(
        `“${file.name}” is ${formatSize(file.size)}; the limit is ${formatSize(maxBytes)}.`,
      )
    else if (total + file.size > maxBytes)
      problems.push(
        `“${file.name}” does not fit: the files of one message may have ${formatSize(maxBytes)} together. Send it in a second one.`,
      )
    else {
      files.push(file)
      total += file.size
    }
  }
  return { files, problem: problems.length === 0 ? null : problems.join(' ') }
}

export function removeFile(had: readonly File[], file: File): FileTray {
  return { files: had.filter((other) => other !== file), problem: null }
}
