#!/usr/bin/env node
// JavaScript, unlike the rest: this file runs before the cache that it turns on, and stripping the types of a single
// file would keep Node's type stripper in memory for as long as the gateway runs (measured: 15 MB).
import { constants, enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Modules are stripped of their types and compiled once per version instead of once per start: 0.3 s and 20 MB less.
// `npm ci` fills the place in the checkout; where that cannot be written the system's folder for such things serves.
const ours = fileURLToPath(new URL('../node_modules/.cache/jackdaw/compiled', import.meta.url))
if (enableCompileCache(ours).status === constants.compileCacheStatus.FAILED) enableCompileCache()
const { runCli } = await import('./cli/program.ts')
process.exitCode = await runCli(process.argv.slice(2))
