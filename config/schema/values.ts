import { z } from 'zod'

/**
 * The kinds of value the configuration is made of. `x-wanted` words what a key takes where the JSON Schema alone
 * cannot, `x-default` words a default that depends on other keys, `writeOnly` (a word of JSON Schema) marks a secret,
 * `x-shown` one that is secret for a password in it alone, so that the rest is shown.
 */

/** Longest wait a timer can hold, in milliseconds (about 24 days). */
export const maxMs = 2 ** 31 - 1

/** A secret: never shown, only whether it is set. `(set)` is how it is shown, so it came back by mistake. */
export const secretSchema = z
  .string()
  .regex(/^[\x21-\x7e]*$/)
  .refine((text) => text !== '(set)')
  .meta({ writeOnly: true, 'x-wanted': 'text without spaces' })

/** A secret that must be there. */
export const requiredSecretSchema = secretSchema
  .min(1)
  .meta({ writeOnly: true, 'x-wanted': 'text that is not empty and has no spaces' })

/** Key of a channel, an agent or a tool server: part of session keys and of `telegram:123`, hence no colon. */
export const nameSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/)

/** The id of a user or chat on its platform; always text afterwards. */
export const idSchema = z
  .union([z.string().min(1), z.int()])
  .transform(String)
  .meta({ 'x-wanted': 'an id, as text or as a whole number' })

export const idsSchema = z.array(idSchema).prefault([])

export const durationSchema = z
  .string()
  .regex(/^[1-9][0-9]{0,5}(s|m|h|d)$/)
  .meta({ 'x-wanted': 'a duration such as 90s, 30m, 12h or 1d' })

/** `24:00` is the end of the day. */
export const timeOfDaySchema = z
  .string()
  .regex(/^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$/)
  .meta({ 'x-wanted': 'a time of day such as "08:00"' })

/** A web address; without a slash at its end afterwards. */
export const urlSchema = z
  .string()
  .refine(isWebAddress)
  .transform((url) => url.replace(/\/+$/, ''))
  .meta({ 'x-wanted': 'an address that starts with http:// or https://' })

/** `off` or one of `words`; `false` is read as `off`. */
export function wordsOrOff<const Word extends string>(...words: readonly Word[]) {
  return z.union([z.enum([...words, 'off']), z.literal(false).transform(() => 'off' as const)])
}

export function isWebAddress(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === ''
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
