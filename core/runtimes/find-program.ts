import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

/** Finds a program in PATH, else where npm puts it beside this one. `name` is without an ending, and no path. */
export function findProgram(name: string, path: string): string | undefined {
  const names = process.platform === 'win32' ? [`${name}.exe`, `${name}.cmd`] : [name]
  const beside: string[] = []
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    beside.push(join(folder, 'node_modules', '.bin'))
  }
  const folders = [...path.split(delimiter).filter((folder) => folder !== ''), ...beside]
  return folders.flatMap((folder) => names.map((one) => join(folder, one))).find(isProgram)
}

/** Whether there is a file that may be executed. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
