import type { Clock } from '../core/clock.ts'
import type { Dispatcher } from '../core/dispatcher.ts'
import { RequestError } from '../core/errors.ts'
import { nearNames } from '../core/near-names.ts'
import type { AgentRuntime, RuntimeCatalog } from '../core/runtime-port.ts'
import type { SessionRow } from '../core/store/sessions.ts'
import type { Store } from '../core/store/store.ts'
import type { SessionChange } from './http/api-context.ts'

type Parts = {
  readonly store: Store
  readonly clock: Clock
  readonly dispatcher: Dispatcher
  readonly runtimeFor: (agent: string) => AgentRuntime | undefined
}

/** Changes what was chosen for a session, or goes back to one of its conversations. Throws `RequestError`. */
export async function changeSession(
  { store, clock, dispatcher, runtimeFor }: Parts,
  session: SessionRow,
  { mode, model, agentMode, generation }: SessionChange,
): Promise<void> {
  const runtime = runtimeFor(session.agent)
  const catalog = runtime?.catalog ? runtime.catalog() : { models: [], modes: [] }
  if (model) check('model', model, catalog?.models)
  if (agentMode) check('mode', agentMode, catalog?.modes)
  if (generation !== undefined) {
    const resumed = await store.generations.resume(session.id, generation, clock.now())
    if (!resumed.isDone && resumed.detail !== 'present') {
      throw new RequestError(
        404,
        'no-such-generation',
        `Session ${session.id} has no conversation ${generation}. See \`jackdaw sessions show ${session.id}\`.`,
      )
    }
    if (resumed.abort !== undefined) dispatcher.abort(resumed.abort)
    dispatcher.wake()
  }
  await store.sessions.choose(session.id, {
    ...(model !== undefined && { model }),
    ...(agentMode !== undefined && { mode: agentMode }),
  })
  if (mode !== undefined) await store.sessions.setMode(session.id, mode)
}

/** What is not known yet is taken as it is named. */
function check(
  kind: 'model' | 'mode',
  name: string,
  known: RuntimeCatalog['models'] | undefined,
): void {
  if (!known || known.some(({ id }) => id === name)) return
  if (known.length === 0)
    throw new RequestError(409, 'no-choice', `The session's agent has no ${kind} to choose.`)
  const near = nearNames(
    name,
    known.map(({ id }) => id),
  )
  const hint = near.length === 0 ? '' : ` There is: ${near.join(', ')}.`
  throw new RequestError(400, `unknown-${kind}`, `The agent has no ${kind} "${name}".${hint}`)
}
