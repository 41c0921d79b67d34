/** The gateway's own commands, in the order in which they are listed. */
export const commandNames = [
  'new',
  'stop',
  'status',
  'help',
  'why',
  'queue',
  'retry',
  'sessions',
  'resume',
  'model',
  'agent',
  'compact',
  'usage',
  'mention',
  'stream',
  'remind',
  'jobs',
  'approve',
  'heartbeat',
] as const

export type CommandName = (typeof commandNames)[number]
