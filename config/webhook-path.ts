/** Path a webhook listens on: the configured one, else one made of the channel's name. */
export function webhookPath(channel: string, configured: string): string {
  return configured === '' ? `/webhooks/${channel}` : configured
}
