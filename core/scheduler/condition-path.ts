import { realpath, stat } from 'node:fs/promises'
import { extname, isAbsolute, relative, resolve, sep } from 'node:path'

const endings: ReadonlySet<string> = new Set(['.ts', '.js', '.mjs'])
const maxPathLength = 500

/** Where a condition module really is, or why it is none, in a sentence that says what to do. */
export type ConditionPath =
  | { readonly file: string }
  | { readonly code: 'bad-path' | 'no-module'; readonly message: string }

/**
 * Finds a condition module by its path inside an agent's workspace. What stands behind every link must be inside it
 * too. Never rejects.
 */
export async function findConditionModule(workspace: string, path: string): Promise<ConditionPath> {
  const shown = JSON.stringify(path.slice(0, 100))
  if (path === '' || path.length > maxPathLength || path.includes('\0'))
    return bad(`${shown} is no path of a file. Give one of at most ${maxPathLength} characters.`)
  if (isAbsolute(path))
    return bad(
      `${shown} is absolute. Give the path inside the workspace, such as "checks/disk.ts".`,
    )
  if (!isInside(workspace, resolve(workspace, path)))
    return bad(`${shown} is outside of the workspace ${workspace}. Move the file there.`)
  const root = await realPath(workspace)
  if (root === undefined)
    return missing(`The workspace ${workspace} is not there, and so ${shown} is not. Create both.`)
  const file = await realPath(resolve(root, path))
  if (file === undefined)
    return missing(`There is no file ${shown} in the workspace ${workspace}. Create it there.`)
  if (!isInside(root, file))
    return bad(`${shown} leads out of the workspace ${workspace}. Put the file itself there.`)
  const found = await stat(file).catch(() => undefined)
  if (!found?.isFile()) return bad(`${shown} is not a plain file. Name the file of the module.`)
  if (!endings.has(extname(file)) || !endings.has(extname(path)))
    return bad(`${shown} does not end in .ts, .js or .mjs. Rename the file (and what it links to).`)
  return { file }
}

function isInside(root: string, path: string): boolean {
  const inner = relative(root, path)
  return inner !== '' && inner !== '..' && !inner.startsWith(`..${sep}`) && !isAbsolute(inner)
}

async function realPath(path: string): Promise<string | undefined> {
  return await realpath(path).catch(() => undefined)
}

function bad(message: string): ConditionPath {
  return { code: 'bad-path', message }
}

function missing(message: string): ConditionPath {
  return { code: 'no-module', message }
}
