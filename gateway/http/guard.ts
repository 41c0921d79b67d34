import type { HttpConfig } from '../../config/types.ts'

/** The parts of the configuration that say under which names the gateway may be addressed. */
export type HostPolicy = Pick<HttpConfig, 'host' | 'publicUrl' | 'allowedHosts'>

/** The name in a `Host` header or URL authority: lower case, without port, brackets or final dot. */
function hostName(host: string): string {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]/@\s]+))(?::\d{1,5})?$/i.exec(host)
  return (match?.[1] ?? match?.[2] ?? '').toLowerCase().replace(/\.$/, '')
}

/**
 * Whether a request addressed to `host` is meant for this gateway. Everything else may be a page that had its own
 * name point here (DNS rebinding).
 */
export function isAllowedHost(host: string | undefined, policy: HostPolicy): boolean {
  const name = hostName(host ?? '')
  if (name === '') return false
  if (isLoopback(name)) return true
  const allowed = [policy.host, ...policy.allowedHosts, publicHost(policy)]
  return allowed.some((one) => one !== '' && bare(one) === name)
}

/** The headers by which a browser says where a request comes from. */
export type Provenance = {
  readonly method: string
  readonly host: string
  readonly origin: string | undefined
  /** `Sec-Fetch-Site`. */
  readonly site: string | undefined
}

/**
 * Whether a request comes from the gateway's own page or from no page at all. Programs send neither header; a
 * browser cannot leave out both.
 */
export function isOwnRequest(request: Provenance, policy: HostPolicy): boolean {
  if (request.site !== undefined && !['same-origin', 'none'].includes(request.site)) return false
  if (request.origin === undefined || request.method === 'GET' || request.method === 'HEAD')
    return true
  const origin = URL.parse(request.origin)
  if (origin === null || origin.host === '') return false
  return origin.host === request.host.toLowerCase() || origin.origin === originOf(policy)
}

/** Whether this request came over HTTPS as far as can be known: the public address is HTTPS and is the one used. */
export function isSecure(host: string | undefined, policy: HostPolicy): boolean {
  return policy.publicUrl.startsWith('https:') && publicHost(policy) === hostName(host ?? '')
}

function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name)
}

function bare(name: string): string {
  return name.toLowerCase().replace(/^\[|\]$/g, '')
}

function publicHost(policy: HostPolicy): string {
  return bare(URL.parse(policy.publicUrl)?.hostname ?? '')
}

function originOf(policy: HostPolicy): string | undefined {
  return URL.parse(policy.publicUrl)?.origin
}
