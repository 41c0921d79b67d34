import type { Turn, TurnMessage } from '../../core/runtime-port.ts'

/** A turn of a direct chat; `messages` may be given as plain texts of one person. */
export function makeTurn(
  turn: Partial<Omit<Turn, 'messages'>> & {
    readonly messages?: readonly (string | Partial<TurnMessage>)[]
  } = {},
): Turn {
  return {
    runId: 'r1',
    attempt: 1,
    agent: 'main',
    session: { id: 's1', key: 'v1:main:test:1:dm:1', generation: 1 },
    chatKind: 'dm',
    isInterrupted: false,
    history: async () => [],
    ...turn,
    messages: (turn.messages ?? ['Hello']).map((message, index) =>
      makeTurnMessage(typeof message === 'string' ? { text: message } : message, index),
    ),
  }
}

function makeTurnMessage(message: Partial<TurnMessage>, index: number): TurnMessage {
  return {
    id: `m${index + 1}`,
    form: 'full',
    author: { id: '42', name: 'Ana' },
    at: Date.UTC(2026, 0, 1, 12, index),
    text: '',
    notes: [],
    attachments: [],
    ...message,
  }
}
