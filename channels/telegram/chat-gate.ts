/**
 * Keeps sends and proofs of one chat apart. A proof edits ids that nobody knows yet; a message sent meanwhile would
 * have such an id until its answer is read, and would be overwritten. Sends do not wait for each other.
 */
export class ChatGate {
  readonly #chats = new Map<string, Gate>()

  /** Runs `send` when no proof is under way in the chat. */
  async send<T>(chat: string, send: () => Promise<T>): Promise<T> {
    let gate = this.#chats.get(chat)
    while (gate?.proof) {
      await gate.proof
      gate = this.#chats.get(chat)
    }
    gate ??= { sends: 0, isQuiet: undefined, proof: undefined }
    this.#chats.set(chat, gate)
    gate.sends += 1
    try {
      return await send()
    } finally {
      gate.sends -= 1
      if (gate.sends === 0) {
        gate.isQuiet?.resolve()
        gate.isQuiet = undefined
      }
      this.#forget(chat, gate)
    }
  }

  /** Runs `prove` alone: after the sends and the proof that are under way in the chat, before any other. */
  async prove<T>(chat: string, prove: () => Promise<T>): Promise<T> {
    const gate = this.#chats.get(chat) ?? { sends: 0, isQuiet: undefined, proof: undefined }
    this.#chats.set(chat, gate)
    if (gate.sends > 0) gate.isQuiet ??= Promise.withResolvers()
    const proven = Promise.all([gate.proof, gate.isQuiet?.promise]).then(prove)
    const proof = settle(proven)
    gate.proof = proof
    try {
      return await proven
    } finally {
      if (gate.proof === proof) gate.proof = undefined
      this.#forget(chat, gate)
    }
  }

  #forget(chat: string, gate: Gate): void {
    if (gate.sends === 0 && !gate.proof) this.#chats.delete(chat)
  }
}

type Gate = {
  /** How many are under way. */
  sends: number
  /** Resolves when none is any more; there once a proof waits for that. */
  isQuiet: PromiseWithResolvers<void> | undefined
  proof: Promise<void> | undefined
}

/** Resolves when the other one is over, either way. */
async function settle(other: Promise<unknown>): Promise<void> {
  await Promise.allSettled([other])
}
