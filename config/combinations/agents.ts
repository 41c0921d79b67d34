import type { Path } from '../path.ts'
import type { Sections } from '../sections.ts'
import type { AgentConfig, RuntimeConfig } from '../types.ts'
import type { Contradiction } from './contradiction.ts'
import { unknownName } from './names.ts'

/** Contradictions in `agents` and `defaultAgent`. */
export function agentProblems(sections: Sections): Contradiction[] {
  const { defaultAgent, agents } = sections
  return [
    ...(defaultAgent === undefined
      ? []
      : unknownName('agent', defaultAgent, ['defaultAgent'], sections)),
    ...agents.flatMap(([name, agent]) =>
      agent === undefined
        ? []
        : [
            ...runtimeProblems(agent.runtime, ['agents', name, 'runtime']),
            ...serverProblems(agent, ['agents', name, 'mcpServers']),
            ...failoverProblems(name, agent, sections),
          ],
    ),
  ]
}

function runtimeProblems(runtime: RuntimeConfig, path: Path): Contradiction[] {
  if (runtime.type !== 'opencode') return []
  if (runtime.managed && runtime.url !== undefined) {
    return [{ path, text: 'url and managed: true exclude each other. Delete one of them.' }]
  }
  if (!runtime.managed && runtime.url === undefined) {
    return [{ path, text: 'opencode needs a url, or managed: true. Set one of them.' }]
  }
  return []
}

function serverProblems({ mcpServers }: AgentConfig, path: Path): Contradiction[] {
  return Object.entries(mcpServers).flatMap(([name, { command, url }]) => {
    if ((command === undefined) !== (url === undefined)) return []
    const text =
      url === undefined
        ? 'a tool server needs a command or a url. Set one of them.'
        : 'command and url exclude each other. Delete one of them.'
    return [{ path: [...path, name], text }]
  })
}

function failoverProblems(name: string, agent: AgentConfig, sections: Sections): Contradiction[] {
  return agent.failover.flatMap((other, at) => {
    const path = ['agents', name, 'failover', at]
    if (other === name)
      return [{ path, text: 'an agent cannot take over from itself. Delete this.' }]
    return unknownName('agent', other, path, sections)
  })
}
