import { Worker } from 'node:worker_threads'

/**
 * Looks for damage in a database file that is in use, on a thread of its own, so that nobody waits for it.
 * Returns SQLite's findings; empty when the file is sound.
 */
export async function quickCheck(file: string): Promise<readonly string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>()
  const worker = new Worker(new URL('./quick-check-worker.ts', import.meta.url), {
    workerData: file,
  })
  worker.unref()
  worker.once('message', resolve)
  worker.once('error', reject)
  worker.once('exit', () => reject(new Error('The check of the database ended without a result.')))
  return promise
}
