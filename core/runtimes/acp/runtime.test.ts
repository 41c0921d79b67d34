import { runtimeContract } from '../../../test/contracts/runtime.ts'
import { AcpRig, acpSecret } from '../../../test/fakes/acp-rig.ts'
import { makeTurn } from '../../../test/fakes/turn.ts'
import type { AcpAct } from '../../../test/servers/acp-script.ts'
import type { Turn } from '../../runtime-port.ts'

runtimeContract('acp', async () => {
  const rig = await AcpRig.start()
  let turns = 0
  const script = (acts: readonly AcpAct[], more: Partial<Turn> = {}) => {
    turns += 1
    const text = `turn-${turns}.`
    rig.when(text, ...acts)
    const session = { id: `s${turns}`, key: `k${turns}`, generation: 1 }
    return makeTurn({ runId: `r${turns}`, session, ...more, messages: [text] })
  }
  return {
    runtime: rig.runtime,
    secret: acpSecret,
    answering: (answer, more) =>
      script(
        (answer.match(/.{1,4000}/gsu) ?? []).map((text) => ({ do: 'text', text })),
        more,
      ),
    hanging() {
      const turn = script([{ do: 'text', text: 'Hm' }, { do: 'hang' }])
      const started = rig.note('prompt').then(() => undefined)
      return { turn, started, ended: rig.note('cancel').then(() => undefined) }
    },
    failing: () =>
      [
        { data: { statusCode: 401 }, isRetryable: false, code: 'unauthorized' },
        { data: { statusCode: 429 }, isRetryable: true, code: 'rate-limited' },
        { data: { status: 503 }, isRetryable: true, code: 'unavailable' },
        { data: undefined, isRetryable: false, code: 'failed' },
      ].map(({ data, isRetryable, code }) => {
        const message = `The key ${acpSecret} is known here.`
        return { turn: script([{ do: 'error', code: -32603, message, data }]), code, isRetryable }
      }),
    [Symbol.asyncDispose]: async () => await rig[Symbol.asyncDispose](),
  }
})
