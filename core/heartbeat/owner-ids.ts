import type { Settings } from '../settings.ts'
import type { OwnerIds } from '../store/heartbeats.ts'

/** Whose messages are the owners', as the configuration says; the store knows who became one later. */
export function ownerIds(
  { policies }: Pick<Settings, 'policies'>,
  accountOf: (channel: string) => string | undefined,
): OwnerIds {
  const known = [...policies].flatMap(([channel, policy]) => {
    const account = accountOf(channel)
    return account === undefined ? [] : [{ account, policy }]
  })
  return {
    accounts: known.filter(({ policy }) => policy.isTrusted).map(({ account }) => account),
    people: known.flatMap(({ account, policy }) =>
      [...policy.owners].map((id) => ({ account, id })),
    ),
  }
}
