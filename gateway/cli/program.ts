import { Command, CommanderError } from 'commander'
import { addApprovals } from './approvals.ts'
import { addBackup } from './backup.ts'
import { addChannels } from './channels.ts'
import { addChat } from './chat.ts'
import { addConfig } from './config.ts'
import { addConversations } from './conversations.ts'
import { addDeliveries } from './deliveries.ts'
import { describeFailure } from './failure.ts'
import { addHeartbeat } from './heartbeat.ts'
import { addJobs } from './jobs.ts'
import { addLogs } from './logs.ts'
import { addOwners } from './owners.ts'
import { addPair } from './pair.ts'
import { addRestore } from './restore.ts'
import { addRuns } from './runs.ts'
import { addSend } from './send.ts'
import { addSessions } from './sessions.ts'
import { addSignalSpool } from './signal-spool.ts'
import { addStart } from './start.ts'
import { addStatus } from './status.ts'
import { addTrace } from './trace.ts'
import { addVersion } from './version.ts'

/**
 * Runs one command line and resolves with the exit code: 0 fine, 1 failed, 2 wrong usage, 78 configuration. Commands
 * load what they need when they run, so that `--help` is quick.
 */
export async function runCli(args: readonly string[]): Promise<number> {
  const program = new Command('jackdaw')
    .description('Talk to your agent from any chat.')
    .option('--config <file>', 'configuration file (default: ./jackdaw.yaml)')
    .option('--json', 'print JSON, for programs')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('Try --help.')
    .exitOverride()
  const commands = [
    ...[addStart, addStatus, addChat, addSend, addRuns, addSessions, addPair, addOwners],
    addConversations,
    addApprovals,
    addJobs,
    addHeartbeat,
    ...[
      addChannels,
      addSignalSpool,
      addTrace,
      addDeliveries,
      addConfig,
      addBackup,
      addRestore,
      addLogs,
      addVersion,
    ],
  ]
  for (const add of commands) add(program)
  process.exitCode = 0
  try {
    await program.parseAsync(args, { from: 'user' })
    return Number(process.exitCode)
  } catch (error) {
    // Help that was asked for is an answer; help instead of an answer is a mistake.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    const { message, exitCode } = await describeFailure(error)
    process.stderr.write(`${message}\n`)
    return exitCode
  }
}
