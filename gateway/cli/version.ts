import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import type { Command } from 'commander'
import { optionsOf } from './command-options.ts'
import { print, printJson } from './output.ts'

export function addVersion(program: Command): void {
  program
    .command('version')
    .description('Print the version')
    .action((_options: object, command: Command) => {
      const version = readVersion()
      if (optionsOf(command).json) printJson({ version, node: process.versions.node })
      else print(version)
    })
}

/** The version of this program, from its package. */
export function readVersion(): string {
  const file = findPackageJSON('..', import.meta.url)
  const content: unknown = file === undefined ? {} : JSON.parse(readFileSync(file, 'utf8'))
  const isNamed = typeof content === 'object' && content !== null && 'version' in content
  return isNamed ? String(content.version) : 'unknown'
}
