const schemes = /^(?:https?:\/\/|mailto:|tg:\/\/)/i
const maxLength = 2_048

/**
 * Returns `url` when it may become a link, else undefined. `tg://user` is refused because Telegram turns such a link
 * into a mention that notifies the person.
 */
export function findLinkTarget(url: string): string | undefined {
  if (url.length > maxLength || /\s/.test(url)) return undefined
  if (/^tg:\/+user/i.test(url)) return undefined
  return schemes.test(url) ? url : undefined
}
