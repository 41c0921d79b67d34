import type { Approval } from '../api-approvals.ts'

/** One answer that can be pressed; `answer` is what the gateway is told. */
export type Choice = {
  readonly answer: string
  readonly label: string
  readonly look: 'first' | 'no' | 'plain'
}

/** The answers there are, in the order and the words of the buttons in a chat. */
export function choicesOf({ kind, options, grant }: Approval): readonly Choice[] {
  if (kind === 'question')
    return options.map(({ id, label }) => ({ answer: id, label, look: 'plain' }))
  return [
    { answer: 'once', label: 'Allow once', look: 'first' },
    ...(grant === null ? [] : [{ answer: 'always', label: 'Always', look: 'plain' } as const]),
    { answer: 'deny', label: 'Deny', look: 'no' },
  ]
}
