import { quickCheck } from '../storage/sqlite/quick-check.ts'
import type { Log } from './log.ts'

/** Looks for damage after the last process was killed, beside the running gateway, and says what it found. */
export async function checkDatabase(storageUrl: string, log: Log): Promise<void> {
  if (!storageUrl.startsWith('sqlite:')) return
  const file = storageUrl.slice('sqlite:'.length)
  try {
    const findings = await quickCheck(file)
    if (findings.length === 0) log.info('the last process was killed; the database is sound')
    else
      log.error(
        { findings },
        `${file} is damaged: restore a backup with \`jackdaw restore <file>\``,
      )
  } catch (error) {
    log.error({ err: error }, `${file} could not be checked for damage`)
  }
}
