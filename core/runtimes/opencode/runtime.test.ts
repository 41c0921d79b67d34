import { runtimeContract } from '../../../test/contracts/runtime.ts'
import { makeOpenCodeRuntime } from '../../../test/fakes/opencode-runtime.ts'
import { makeTurn } from '../../../test/fakes/turn.ts'
import { OpenCodeServer } from '../../../test/servers/opencode.ts'

const password = 'pw-4f9d2c71b0'

runtimeContract('opencode', async () => {
  const server = await OpenCodeServer.start({ password })
  let turns = 0
  const nextTurn = () => {
    turns += 1
    // One run at a time is what the core keeps for a session, so every turn has its own.
    return { text: `turn-${turns}.`, session: { id: `s${turns}`, key: `k${turns}`, generation: 1 } }
  }
  return {
    runtime: makeOpenCodeRuntime(server.url, { password }),
    secret: password,
    answering(answer, turn) {
      const { text, session } = nextTurn()
      server.when(text, { type: 'text', text: answer })
      return makeTurn({ session, ...turn, messages: [text] })
    },
    hanging() {
      const { text, session } = nextTurn()
      server.when(text, { type: 'wait', until: new Promise(() => undefined) })
      const started = server.prompt(text)
      return {
        turn: makeTurn({ session, messages: [text] }),
        started: started.then(() => undefined),
        ended: started.then((prompt) => server.idle(prompt)),
      }
    },
    failing: () =>
      [
        { statusCode: 401, isRetryable: false, code: 'unauthorized' },
        { statusCode: 429, isRetryable: true, code: 'rate-limited' },
        { statusCode: 500, isRetryable: true, code: 'unavailable' },
        { statusCode: 400, isRetryable: false, code: 'rejected' },
      ].map(({ statusCode, isRetryable, code }) => {
        const { text, session } = nextTurn()
        const message = `The password ${password} is known here.`
        server.when(text, {
          type: 'error',
          error: { name: 'APIError', data: { message, statusCode, isRetryable } },
        })
        return { turn: makeTurn({ session, messages: [text] }), code, isRetryable }
      }),
    [Symbol.asyncDispose]: async () => await server.close(),
  }
})
