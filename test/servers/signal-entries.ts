import type { Group, Identity } from './signal-world.ts'

type Json = Readonly<Record<string, unknown>>

/** A group as `GET /v1/groups` shows it. */
export function groupEntry(group: Group, query: URLSearchParams): Json {
  const isExpanded = query.get('expand') === 'true'
  const show = ({ number, uuid }: Identity) =>
    isExpanded ? { number: number ?? '', uuid } : (number ?? uuid)
  return {
    name: group.name,
    description: '',
    id: group.id,
    internal_id: group.internalId,
    members: group.members.map(show),
    blocked: group.isBlocked,
    member: group.isMember,
    pending_invites: [],
    pending_requests: [],
    invite_link: '',
    admins: group.admins.map(show),
    permissions: {
      add_members: 'every-member',
      edit_group: 'every-member',
      send_messages: group.isAnnouncement ? 'only-admins' : 'every-member',
    },
  }
}

/** A person as `GET /v1/contacts` shows them. */
export function contactEntry({ uuid, number, name, username = '' }: Identity): Json {
  const profile = {
    given_name: name ?? '',
    lastname: '',
    about: '',
    has_avatar: false,
    last_updated_timestamp: 0,
  }
  return {
    number: number ?? '',
    uuid,
    name: '',
    profile_name: name ?? '',
    username,
    color: '',
    blocked: false,
    message_expiration: '',
    note: '',
    profile,
    given_name: '',
    nickname: { name: '', given_name: '', family_name: '' },
  }
}

/** A key as `GET /v1/identities` shows it. */
export function identityEntry({ uuid, number, trust: status, safetyNumber }: Identity): Json {
  return {
    number: number ?? '',
    status,
    fingerprint: '05 aa bb',
    added: '1763800000000',
    safety_number: safetyNumber,
    uuid,
  }
}

/** As the real one, which looks at the bytes and not at what the sender said. */
export function sniff(content: Buffer): string {
  const head = content.subarray(0, 4).toString('latin1')
  if (head === '\x89PNG') return 'image/png'
  if (head.startsWith('\xff\xd8')) return 'image/jpeg'
  if (head === '%PDF') return 'application/pdf'
  return content.includes(0) ? 'application/octet-stream' : 'text/plain; charset=utf-8'
}
