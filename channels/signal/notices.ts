import type { ChannelHost } from '../../core/ports.ts'
import { toRecipient } from './ids.ts'

/** What an owner must know to act: sentences with the command that mends it. */
export type Place = {
  /** Of signal-cli-rest-api, for commands that are copied. */
  readonly url: string
  readonly number: string
}

/** A notice and its key, under which it is told once a day. */
export type Notice = Readonly<Parameters<ChannelHost['notice']>>

const json = "-H 'Content-Type: application/json'"

/** Signal wants proof that a person is behind the account. */
export function captchaNotice(token: string, { url, number }: Place): Notice {
  const data = JSON.stringify({ challenge_token: token, captcha: 'signalcaptcha://…' })
  const path = `${url}/v1/accounts/${encodeURIComponent(number)}/rate-limit-challenge`
  const text = [
    `Signal limits what ${number} may send until a person has solved a captcha; messages wait meanwhile.`,
    'Open https://signalcaptchas.org/challenge/generate.html, solve it, copy the address behind "Open Signal", and put it in the place of signalcaptcha://… in:',
    `curl -X POST ${json} -d '${data}' '${path}'`,
  ].join('\n')
  return [`captcha-${token.slice(0, 40)}`, text]
}

/** Somebody has a new phone, or somebody else has their number. */
export function safetyNumberNotice(person: string, name: string, place: Place): Notice {
  const words = `The safety number with ${name} has changed: a new phone, or somebody else. What is written to them waits until you trust the new one.`
  return [`identity-${person}`, [words, ...trustLines(person, place)].join('\n')]
}

/** Nobody of a group could be written to for that reason. */
export function groupSafetyNumbersNotice(
  chat: string,
  title: string | undefined,
  place: Place,
): Notice {
  const words = `The safety numbers with the people of the Signal group ${title ?? chat} have changed. What is written there waits until you trust the new ones.`
  return [`identity-${chat}`, [words, ...trustLines('THEIR_UUID', place)].join('\n')]
}

function trustLines(person: string, { url, number }: Place): readonly string[] {
  const path = `${url}/v1/identities/${encodeURIComponent(number)}`
  const data = JSON.stringify({ verified_safety_number: '…' })
  return [
    `See it with: curl '${path}'`,
    'Compare it with what their phone shows, and put it in the place of … in:',
    `curl -X PUT ${json} -d '${data}' '${path}/trust/${person}'`,
  ]
}

/** Some people of a group did not get a message. */
export function partialNotice(
  chat: string,
  title: string | undefined,
  missed: readonly { readonly name: string; readonly reason: string }[],
): Notice {
  const shown = missed.slice(0, 5).map(({ name, reason }) => `${name} (${reasonLine(reason)})`)
  const more = missed.length > shown.length ? ` and ${missed.length - shown.length} more` : ''
  const text = `A message to the Signal group ${title ?? chat} did not reach ${shown.join(', ')}${more}. The others have it; it is not sent again.`
  return [`partial-${chat}`, text]
}

/** Something that was sent to the account could not be read by signal-cli. */
export function unreadableNotice(name: string, problem: string): Notice {
  const text = `A message of ${name} could not be decrypted (${problem.slice(0, 200)}). Ask for it to be sent again; if that happens often, the session with them is broken: restart signal-cli-rest-api.`
  return ['undecryptable', text]
}

/** Somebody wants us in a group, and Signal asks us first. Strangers can do so, hence one a day over all. */
export function invitationNotice(
  group: { readonly chat: string; readonly title: string | undefined; readonly by: string },
  { url, number }: Place,
): Notice {
  const path = `${url}/v1/groups/${encodeURIComponent(number)}/${toRecipient(group.chat)}/join`
  const text = [
    `${group.by} invites ${number} to the Signal group ${group.title ?? group.chat}. To accept:`,
    `curl -X POST '${path}'`,
  ].join('\n')
  return ['invited', text]
}

/** Signal no longer takes the account's device. */
export function unlinkedNotice(channel: string, { number }: Place): Notice {
  const text = `Signal no longer knows this device of ${number}. Link it again: jackdaw channels link ${channel}`
  return ['unlinked', text]
}

function reasonLine(reason: string): string {
  switch (reason) {
    case 'UNREGISTERED_FAILURE':
      return 'no longer on Signal'
    case 'IDENTITY_FAILURE':
      return 'new safety number'
    case 'RATE_LIMIT_FAILURE':
      return 'rate-limited'
    case 'NETWORK_FAILURE':
      return 'network'
    default:
      return reason.toLowerCase().replaceAll('_', ' ')
  }
}
