const prefix = 'failover:'

/** The id of a session or prompt with the agent it belongs to; those of `primary` stay as they are. */
export function writeTag(agent: string, id: string, primary: string): string {
  return agent === primary && !id.startsWith(prefix) ? id : `${prefix}${agent}:${id}`
}

/** What `writeTag` has written. Without an agent it is the primary's. */
export function readTag(tagged: string | undefined): {
  readonly agent: string | undefined
  readonly id: string | undefined
} {
  if (!tagged?.startsWith(prefix)) return { agent: undefined, id: tagged }
  const [agent = '', ...id] = tagged.slice(prefix.length).split(':')
  return { agent, id: id.join(':') }
}
