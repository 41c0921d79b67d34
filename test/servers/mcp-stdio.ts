/** A tool server on stdio, as a program of its own. Its one argument says how it misbehaves; without it, it does not. */
import { spawn } from 'node:child_process'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { makeToolServer } from './mcp-tools.ts'

const [mode = ''] = process.argv.slice(2)
const world = { calls: 0, cancelled: 0 }

if (mode === 'mute') {
  // Reads everything and says nothing, also when it is asked to end.
  process.on('SIGTERM', () => undefined)
  process.stdin.on('data', () => undefined)
  process.stdin.on('end', () => setTimeout(() => undefined, 2 ** 30))
} else if (mode === 'crash') {
  process.stderr.write('Cannot find the key.\n')
  process.exitCode = 3
} else {
  if (mode === 'garbage')
    process.stdout.write('Welcome to the server!\n{"not": "a message"}\n{oops\n')
  serveStdio(() => {
    const server = makeToolServer(world)
    server.registerTool('die', { description: 'Ends the program.' }, async () => {
      process.stderr.write('Something broke.\n')
      process.exit(1)
    })
    server.registerTool('flood', { description: 'Writes without end.' }, async () => {
      const piece = 'x'.repeat(1024 * 1024)
      const write = () => {
        while (process.stdout.write(piece));
        process.stdout.once('drain', write)
      }
      write()
      return await new Promise<never>(() => undefined)
    })
    server.registerTool('environment', { description: 'Its environment.' }, async () => ({
      content: [{ type: 'text', text: JSON.stringify({ ...process.env, cwd: process.cwd() }) }],
    }))
    server.registerTool('fork', { description: 'Starts a program that stays.' }, async () => {
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e9)'], {
        stdio: 'ignore',
      })
      return { content: [{ type: 'text', text: `${child.pid}` }] }
    })
    return server
  })
}
