#!/usr/bin/env node
import { enableCompileCache } from 'node:module'

// Modules are compiled once per version instead of once per start; where there is no place for that, it is slower.
enableCompileCache()
const { runCli } = await import('./cli/program.ts')
process.exitCode = await runCli(process.argv.slice(2))
