// Runs one command line after the other in this process, for tests that ask what a command says and not how a process
// ends. Takes the arguments as messages of the parent and answers each with what `jackdaw` would have printed.
import { runCli } from '../../gateway/cli/program.ts'

const printed = { stdout: '', stderr: '' }
for (const name of ['stdout', 'stderr'] as const) {
  process[name].write = (piece: string | Uint8Array) => {
    printed[name] += typeof piece === 'string' ? piece : Buffer.from(piece).toString()
    return true
  }
}

process.on('message', async (args: readonly string[]) => {
  Object.assign(printed, { stdout: '', stderr: '' })
  const code = await runCli(args)
  process.send?.({ code, ...printed })
})
