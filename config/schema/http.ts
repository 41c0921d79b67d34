import { z } from 'zod'
import { isWebAddress, secretSchema } from './values.ts'

export const httpSchema = z
  .strictObject({
    host: z
      .string()
      .regex(/^[A-Za-z0-9.:_-]+$/)
      .default('127.0.0.1')
      .meta({ 'x-wanted': 'a host name or address without scheme or port' })
      .describe('Address to listen on. Any other than this machine demands a `token`.'),
    port: z
      .int()
      .min(0)
      .max(65535)
      .default(7700)
      .describe('Port to listen on; 0 picks a free one.'),
    token: secretSchema
      .default('')
      .meta({ writeOnly: true, 'x-default': '`$JACKDAW_TOKEN`, if set' })
      .describe('Token for the API. Empty: made once and kept in `<dataDir>/token`.'),
    publicUrl: z
      .string()
      .refine((text) => text === '' || isWebAddress(text))
      .transform((url) => url.replace(/\/+$/, ''))
      .prefault('')
      .meta({ 'x-wanted': 'an address that starts with http:// or https://, or nothing' })
      .describe('Address under which others reach the gateway, for webhooks and links.'),
    allowedHosts: z
      .array(
        z
          .string()
          .regex(/^[A-Za-z0-9._-]+$|^\[[0-9A-Fa-f:.]+\]$/)
          .meta({ 'x-wanted': 'a host name without scheme or port' }),
      )
      .prefault([])
      .describe(
        'More host names the gateway answers to, beside this machine, `host` and that of `publicUrl`.',
      ),
  })
  .prefault({})
  .describe('The HTTP API, the dashboard and the web chat.')
