import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const programs = {
  serve: '',
  stubborn: "process.on('SIGTERM', () => undefined)",
  fail: "console.error('Starting\\nNo model is configured'); process.exit(1)",
}

/** Puts a program called `opencode` into a folder, which shows its environment over HTTP; returns the PATH to it. */
export async function fakeProgram(folder: string, script: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, 'opencode')
  const special = Object.entries(programs).find(([name]) => name === script)?.[1] ?? ''
  const source = `#!${process.execPath}
${special}
const port = Number(process.argv[process.argv.indexOf('--port') + 1])
require('node:http')
  .createServer((request, response) => response.end(JSON.stringify(process.env)))
  .listen(port, '127.0.0.1', () => console.log('opencode server listening on http://127.0.0.1:' + port))
`
  await writeFile(path, source)
  await chmod(path, 0o755)
  return folder
}
