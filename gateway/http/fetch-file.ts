import { lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import type { Readable } from 'node:stream'
import { RequestError } from '../../core/errors.ts'
import { isPublicAddress } from './public-address.ts'

const maxRedirects = 3
const headersMs = 15_000
const pauseMs = 15_000
const wholeMs = 60_000

/**
 * Opens a file on the public internet for whoever may start runs, so that the gateway cannot be made to read what only
 * its machine can reach: every address is looked at, that of each redirect too, and it is the one that is connected to.
 * `origins` are allowed whatever their address. Throws `RequestError` 400; `use` bounds the size.
 */
export async function fetchFile<T>(
  url: string,
  origins: ReadonlySet<string>,
  use: (content: Readable) => Promise<T>,
): Promise<T> {
  const { HttpClient } = await import('../../channels/http-client.ts')
  const signal = AbortSignal.timeout(wholeMs)
  let target = parse(url, url)
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    const isTrusted = origins.has(target.origin)
    if (!isTrusted && isIP(bare(target.hostname)) && !isPublicAddress(bare(target.hostname))) {
      throw refused(url, 'its address is not on the public internet')
    }
    const client = new HttpClient({
      headersTimeout: headersMs,
      bodyTimeout: pauseMs,
      connect: isTrusted ? {} : { lookup: publicLookup },
    })
    try {
      const { pathname, search, origin } = target
      const path = `${pathname}${search}`
      const response = await client.request({ origin, path, method: 'GET', signal })
      const { statusCode, headers, body } = response
      const location = headers['location']
      if (statusCode >= 300 && statusCode < 400 && typeof location === 'string') {
        target = parse(location, target.href)
        continue
      }
      if (statusCode !== 200) throw refused(url, `its server answers with status ${statusCode}`)
      return await use(body)
    } catch (error) {
      throw error instanceof Error && 'code' in error && !(error instanceof RequestError)
        ? failed(url, error)
        : error
    } finally {
      await client.destroy()
    }
  }
  throw refused(url, `it is redirected more than ${maxRedirects} times`)
}

/** Resolves names to public addresses only; a name that has none is an error. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, [])
    const allowed = addresses.filter(({ address }) => isPublicAddress(address))
    const [first] = allowed
    if (!first) {
      const notPublic = new Error(`${hostname} is not on the public internet.`)
      return callback(Object.assign(notPublic, { code: notPublicCode }), [])
    }
    if (options.all === true) return callback(null, allowed)
    callback(null, first.address, first.family)
  })
}

const notPublicCode = 'NOT_PUBLIC'

function parse(url: string, base: string): URL {
  const target = URL.parse(url, base)
  const isWeb = target?.protocol === 'https:' || target?.protocol === 'http:'
  if (!target || !isWeb || target.username !== '' || target.password !== '') {
    throw refused(base, 'only http and https without a user name can be fetched')
  }
  return target
}

function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

function failed(url: string, { code }: Error & { code?: unknown }): RequestError {
  if (code === notPublicCode) return refused(url, 'its address is not on the public internet')
  return refused(url, `its server cannot be reached or does not finish (${String(code)})`)
}

function refused(url: string, why: string): RequestError {
  const shown = URL.parse(url)?.host ?? 'the url'
  return new RequestError(400, 'cannot-fetch', `The file at ${shown} was not fetched: ${why}.`)
}
