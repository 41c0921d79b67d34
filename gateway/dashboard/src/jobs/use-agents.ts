import { useEffect, useState } from 'react'
import { fetchConfig } from '../api-config.ts'

/** The names of the agents there are, as options of a list; none until they are known. */
export function useAgents(): readonly string[] {
  const [agents, setAgents] = useState<readonly string[]>([])
  useEffect(() => {
    const end = new AbortController()
    // Without the names the agent of the chat takes the job, which is what most want.
    fetchConfig(end.signal).then(
      (config) => setAgents(Object.keys(config.agents)),
      () => undefined,
    )
    return () => end.abort()
  }, [])
  return agents
}
