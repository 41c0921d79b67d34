import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

const names = process.platform === 'win32' ? ['opencode.exe', 'opencode.cmd'] : ['opencode']

/** Finds `opencode` in PATH, else where npm puts it beside this program. */
export function findProgram(path: string): string | undefined {
  const beside: string[] = []
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    beside.push(join(folder, 'node_modules', '.bin'))
  }
  const folders = [...path.split(delimiter).filter((folder) => folder !== ''), ...beside]
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
