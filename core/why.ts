import type { Sentences } from './sentences.ts'
import type { Trace, TraceStep } from './store/views.ts'
import type { Fate } from './why-sentences.ts'

/** Says in a sentence what became of a message. Shows nothing of what it said. */
export function wordTrace(trace: Trace | undefined, words: Sentences): string {
  if (!trace?.message) return words.whyNothing
  const { message, steps } = trace
  const fate = message.disposition === 'run' ? fateOfRun(steps) : message.disposition
  const undelivered = steps.findLast(({ step }) => step === 'delivery.discarded')
  const reason = message.reason ?? (fate === 'undelivered' ? (undelivered?.detail ?? '') : '')
  return words.why(fate, reason.replace(/\.$/, ''), message.runId ?? message.id)
}

/** By the last thing that happened to its run, and then to what the run said. */
function fateOfRun(steps: readonly TraceStep[]): Fate {
  switch (steps.findLast(({ step }) => step.startsWith('run.'))?.step) {
    case 'run.completed':
      return fateOfAnswer(steps)
    case 'run.failed':
      return 'failed'
    case 'run.cancelled':
      return 'cancelled'
    case 'run.superseded':
      return 'superseded'
    case 'run.waiting':
      return 'asking'
    case 'run.started':
    case 'run.resumed':
    case 'run.text':
    case 'run.tool':
      return 'executing'
    default:
      return 'waiting'
  }
}

function fateOfAnswer(steps: readonly TraceStep[]): Fate {
  const states = steps.flatMap(({ step }) => (step.startsWith('delivery.') ? [step.slice(9)] : []))
  if (states.length === 0) return 'silent'
  if (states.includes('discarded')) return 'undelivered'
  if (states.includes('uncertain')) return 'uncertain'
  return states.every((state) => state === 'sent') ? 'answered' : 'leaving'
}
