import { RuntimeError } from '../../errors.ts'
import { oneLine } from '../one-line.ts'
import type { ModelRef } from './wire.ts'

/** `provider/model` in its two parts. Throws `RuntimeError` for anything else. */
export function parseModel(model: string): ModelRef {
  const [providerID = '', ...rest] = model.split('/')
  const modelID = rest.join('/')
  if (providerID !== '' && modelID !== '') return { providerID, modelID }
  throw new RuntimeError(
    'bad-settings',
    `The runtime's model is "${oneLine(model, 60)}", wanted provider/model, for example anthropic/claude-sonnet-4-5.`,
    { isRetryable: false },
  )
}
