/** The configuration of one agent that people reach over a Telegram server of ours, with no wait for further messages. */
export function agentConfig(
  runtime: object,
  telegram: { readonly token: string; readonly url: string },
  stream = 'off',
): object {
  return {
    agents: { main: { runtime } },
    queue: { debounceMs: 0, senderPerMinute: 0 },
    channels: {
      telegram: {
        type: 'telegram',
        token: telegram.token,
        apiRoot: telegram.url,
        stream,
        access: { dm: 'open' },
      },
      web: { type: 'web', enabled: false },
    },
  }
}
