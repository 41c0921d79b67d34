/**
 * What a connection fails with before a byte of the request is out: such a send certainly did not arrive. A client that is
 * destroyed (`UND_ERR_DESTROYED`) is not among it, because that ends requests under way with the same code.
 */
export const neverSent: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_CLOSED',
])
