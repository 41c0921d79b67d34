import { agentProblems } from './combinations/agents.ts'
import { channelProblems } from './combinations/channels.ts'
import type { Contradiction } from './combinations/contradiction.ts'
import { unknownName } from './combinations/names.ts'
import { isLoopback } from './loopback.ts'
import type { Path } from './path.ts'
import type { Sections } from './sections.ts'

/** Everything that cannot be true at once. Names, not values: nothing here can hold a secret. */
export function findContradictions(sections: Sections): Contradiction[] {
  return [
    ...httpProblems(sections),
    ...agentProblems(sections),
    ...channelProblems(sections),
    ...routeProblems(sections),
    ...heartbeatProblems(sections),
    ...identityProblems(sections),
  ]
}

function httpProblems({ http }: Sections): Contradiction[] {
  if (http === undefined || http.token !== '' || isLoopback(http.host)) return []
  return [
    {
      path: ['http', 'host'],
      text: 'others than this machine can reach this address, so http.token must be set. Set it, or listen on 127.0.0.1.',
    },
  ]
}

function routeProblems(sections: Sections): Contradiction[] {
  return sections.routes.flatMap((route, at) => {
    if (route === undefined) return []
    const path = ['routes', at]
    const problems = [
      ...unknownName('channel', route.channel, [...path, 'channel'], sections),
      ...unknownName('agent', route.agent, [...path, 'agent'], sections),
    ]
    if (route.thread !== undefined && route.chat === undefined) {
      problems.push({
        path: [...path, 'thread'],
        text: 'a thread belongs to a chat. Set chat as well.',
      })
    }
    return problems
  })
}

function heartbeatProblems(sections: Sections): Contradiction[] {
  const { heartbeat, notify } = sections
  const problems: Contradiction[] = []
  if (notify !== undefined) {
    problems.push(...unknownName('channel', notify.channel, ['notify', 'channel'], sections))
  }
  for (const [name, agent] of sections.agents)
    problems.push(...checkInProblems(agent?.heartbeat, ['agents', name, 'heartbeat'], sections))
  problems.push(...checkInProblems(heartbeat, ['heartbeat'], sections))
  if (heartbeat === undefined || heartbeat.agent === '') return problems
  return [...problems, ...unknownName('agent', heartbeat.agent, ['heartbeat', 'agent'], sections)]
}

function checkInProblems(
  checkIn: NonNullable<Sections['agents'][number][1]>['heartbeat'],
  path: Path,
  sections: Sections,
): Contradiction[] {
  const { target = 'owner', activeHours } = checkIn ?? {}
  const problems: Contradiction[] = []
  if (target !== 'owner')
    problems.push(
      ...unknownName('channel', target.channel, [...path, 'target', 'channel'], sections),
    )
  if (activeHours !== undefined && activeHours.start === activeHours.end) {
    problems.push({
      path: [...path, 'activeHours'],
      text: 'start and end are the same, so there is no active hour. For the whole day write 00:00 and 24:00.',
    })
  }
  return problems
}

function identityProblems(sections: Sections): Contradiction[] {
  const seen = new Set<string>()
  return sections.identities.flatMap((identity, at) =>
    (identity?.ids ?? []).flatMap((id, index) => {
      const path = ['identities', at, 'ids', index]
      if (seen.has(id)) return [{ path, text: 'this id stands here twice. One id is one person.' }]
      seen.add(id)
      return unknownName('channel', id.slice(0, id.indexOf(':')), path, sections)
    }),
  )
}
