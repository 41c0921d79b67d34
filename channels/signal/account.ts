import { ChannelError } from '../../core/errors.ts'
import { list, shape, word } from '../readers.ts'
import type { CallOptions, SignalApi } from './api.ts'
import { NetworkFailure, Refusal, toChannelError } from './failures.ts'
import { isUuid } from './ids.ts'

type Wanted = {
  readonly channel: string
  readonly number: string
  /** Of the server, for errors. */
  readonly url: string
}

const readAbout = shape({ mode: word }, {})
const readAccounts = list(word, 1000)
const readPerson = shape({ uuid: word }, { number: word })
const readPeople = list(readPerson, 5000)
const readLink = shape({ device_link_uri: word }, {})

/**
 * Makes sure that the server can receive for the account, and finds the account's uuid; undefined where the server
 * does not say it. Throws `ChannelError`, fatal only where the server has to be set up differently.
 */
export async function checkAccount(
  api: SignalApi,
  { channel, number, url }: Wanted,
  options: CallOptions,
): Promise<string | undefined> {
  try {
    const about = readAbout(await api.call('GET', '/v1/about', undefined, options))
    if (!about) throw new NetworkFailure('GET /v1/about', 'no mode', 200)
    if (about.mode !== 'json-rpc') {
      const message = `signal-cli-rest-api at ${url} runs in mode ${about.mode}, in which messages get lost. Set MODE=json-rpc in its environment and start it again.`
      throw new ChannelError('wrong-mode', message, { isFatal: true })
    }
    const accounts = readAccounts(await api.call('GET', '/v1/accounts', undefined, options))
    if (!accounts?.includes(number)) {
      const message = `${number} is not linked: run \`jackdaw channels link ${channel}\`.`
      throw new ChannelError('not-linked', message)
    }
    return await findOwnUuid(api, number, options)
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason
    throw toChannelError(error, url)
  }
}

/** Begins to link the account with a phone. Throws `ChannelError`. */
export async function linkDevice(
  api: SignalApi,
  url: string,
  options: CallOptions,
): Promise<{ readonly uri: string }> {
  try {
    const path = '/v1/qrcodelink/raw?device_name=Jackdaw'
    const link = readLink(await api.call('GET', path, undefined, options))
    if (!link) throw new NetworkFailure('GET /v1/qrcodelink', 'no address', 200)
    return { uri: link.device_link_uri }
  } catch (error) {
    throw toChannelError(error, url)
  }
}

async function findOwnUuid(
  api: SignalApi,
  number: string,
  options: CallOptions,
): Promise<string | undefined> {
  const account = encodeURIComponent(number)
  const identities = await ask(api, `/v1/identities/${account}`, options)
  const own = readPeople(identities)?.find((one) => one.number === number && isUuid(one.uuid))
  if (own) return own.uuid
  const path = `/v1/contacts/${account}/${account}?all_recipients=true`
  const contact = readPerson(await ask(api, path, options))
  return contact?.number === number && isUuid(contact.uuid) ? contact.uuid : undefined
}

/** What one version of the server cannot answer, another place may. */
async function ask(api: SignalApi, path: string, options: CallOptions): Promise<unknown> {
  try {
    return await api.call('GET', path, undefined, options)
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}
