import { mkdir } from 'node:fs/promises'
import type { Endpoint } from './wire.ts'

/** Where the server is, and what can be done when it does not answer. */
export interface OpenCodeServer {
  /** Resolves once something should listen there. Throws `RuntimeError`. */
  endpoint(signal?: AbortSignal): Promise<Endpoint>
  /** The server is on this machine, so that it can open files by their paths. */
  readonly isLocal: boolean
  /** Its life ends with the gateway's. */
  readonly isOwn: boolean
  /** It was stopped (SIGSTOP), so that asking it for anything is waiting in vain. False where that cannot be known. */
  isStopped(): boolean
  /** Ends a server that answers nothing at all, where it is ours to end. */
  kill(): Promise<void>
  close(): Promise<void>
}

/** A server that somebody else runs. On this machine it finds the folder the agent works in, made if it is missing. */
export function foreignServer(endpoint: Endpoint, directory: string): OpenCodeServer {
  const { hostname } = new URL(endpoint.url)
  const isLocal = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)
  return {
    async endpoint() {
      // Where it cannot be made, the server says that it finds none.
      if (isLocal) await mkdir(directory, { recursive: true }).catch(() => undefined)
      return endpoint
    },
    isLocal,
    isOwn: false,
    isStopped: () => false,
    kill: async () => undefined,
    close: async () => undefined,
  }
}
