import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { Clock } from '../clock.ts'
import { within } from '../within.ts'
import { findConditionModule } from './condition-path.ts'
import { type ConditionResult, parseConditionResult } from './condition-result.ts'
import { hashModule } from './hash-module.ts'

/** What a condition module is told; plain JSON. */
export type ConditionContext = {
  /** Epoch milliseconds, as all times here. */
  readonly now: number
  readonly job: { readonly id: string; readonly name: string; readonly agent: string }
  readonly occurrence: {
    readonly id: string
    readonly scheduledFor: number
    readonly attempt: number
  }
  /** Whatever the job gives it. */
  readonly payload: unknown
}

/** How long a condition module may take, unless said otherwise. */
const conditionTimeoutMs = 30_000

/** How long a thread has to end once it is told to; a program that it waits for may keep it. */
const endingMs = 5000
const resourceLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 }
const maxMessageLength = 1000

/**
 * Runs a file of the workspace, which decides whether an agent is called, on a thread of its own with limits of time
 * and memory and an empty environment; what it prints goes nowhere. It is code with the rights of the gateway, no
 * sandbox. Whatever it does comes back as a result; never rejects.
 */
export async function runConditionModule(args: {
  readonly workspace: string
  readonly path: string
  readonly context: ConditionContext
  /** Of the file as it was accepted; another one is not run. Absent: it is not looked at. */
  readonly hash?: string
  readonly timeoutMs?: number
  readonly signal: AbortSignal
  readonly clock: Clock
}): Promise<ConditionResult> {
  const { workspace, path, context, hash, timeoutMs = conditionTimeoutMs, signal, clock } = args
  const found = await findConditionModule(workspace, path)
  if ('code' in found) return { status: 'failed', ...found }
  if (signal.aborted) return stopped(path)
  try {
    if (hash !== undefined && (await hashModule(found.file)) !== hash)
      return failed(path, 'module-changed', 'It has changed since an owner accepted it.')
    const worker = startWorker(pathToFileURL(found.file).href, JSON.stringify(context))
    const ending = new AbortController()
    const ended = AbortSignal.any([signal, ending.signal])
    const told = await Promise.race([
      outcomeOf(worker),
      clock.sleep(timeoutMs, ended).then(() => (signal.aborted ? 'stopped' : 'late')),
    ])
    ending.abort()
    await within(clock, endingMs, worker.terminate())
    if (told === 'stopped') return stopped(path)
    if (typeof told !== 'string') return resultOf(path, told)
    return failed(path, 'timed-out', `It took longer than ${timeoutMs / 1000} s and was stopped.`)
  } catch (error) {
    return failed(path, 'cannot-run', `It cannot be run: ${said(error)}`)
  }
}

function startWorker(url: string, context: string): Worker {
  const worker = new Worker(new URL('./condition-worker.ts', import.meta.url), {
    name: 'condition module',
    workerData: { url, context },
    env: {},
    argv: [],
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits,
  })
  // Read and dropped: what nobody reads would pile up.
  worker.stdout.resume()
  worker.stderr.resume()
  return worker
}

type Outcome = { readonly result: string } | { readonly code: string; readonly message: string }

/** The first thing that becomes of a thread. */
function outcomeOf(worker: Worker): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  worker.on('message', (message: unknown) => {
    // A module may have messages of its own.
    if (isOutcome(message)) resolve(message)
  })
  worker.on('messageerror', (error) => resolve({ code: 'threw', message: said(error) }))
  worker.on('error', (error: unknown) => resolve(brokenBy(error)))
  worker.on('exit', (code) =>
    resolve({ code: 'no-result', message: `It ended without a result (exit code ${code}).` }),
  )
  return promise
}

function brokenBy(error: unknown): Outcome {
  const isFull =
    error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
  const { maxOldGenerationSizeMb } = resourceLimits
  return isFull
    ? { code: 'out-of-memory', message: `It needed more than ${maxOldGenerationSizeMb} MB.` }
    : { code: 'threw', message: said(error) }
}

function isOutcome(message: unknown): message is Outcome {
  if (typeof message !== 'object' || message === null) return false
  if ('result' in message) return typeof message.result === 'string'
  return (
    'code' in message &&
    'message' in message &&
    typeof message.code === 'string' &&
    typeof message.message === 'string'
  )
}

function resultOf(path: string, outcome: Outcome): ConditionResult {
  if ('code' in outcome) return failed(path, outcome.code, outcome.message)
  const result = parseConditionResult(parsedOf(outcome.result))
  return result.status === 'ok' ? result : failed(path, result.code, result.message)
}

/** Undefined for what is no JSON: an empty text stands for nothing. */
function parsedOf(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

function stopped(path: string): ConditionResult {
  return failed(path, 'stopped', 'It was stopped before it ended.')
}

function failed(path: string, code: string, message: string): ConditionResult {
  const shown = path.length > 100 ? `${path.slice(0, 99)}…` : path
  const text = `The condition module ${shown} failed. ${message}`
  return { status: 'failed', code, message: text.slice(0, maxMessageLength) }
}

function said(error: unknown): string {
  try {
    return String(error)
  } catch {
    return 'something that cannot be shown was thrown'
  }
}
