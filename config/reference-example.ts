/** The example of docs/configuration.md; a test loads it. */
export const referenceExample = `
dataDir: ./data
timezone: Europe/Berlin

agents:
  main:
    runtime:
      type: openai
      baseUrl: https://api.openai.com/v1
      apiKey: \${OPENAI_API_KEY}
      model: gpt-5
    instructions: Answer briefly.
  ops:
    runtime: { type: echo }

channels:
  telegram:
    type: telegram
    token: \${TELEGRAM_BOT_TOKEN}
    access:
      dm: pairing # strangers get a code that you approve
      allowChats: [-1001234567890]
      owners: [123456789] # you

routes: # the first match wins; none matches: defaultAgent
  - { channel: telegram, chat: -1001234567890, agent: ops }

queue:
  concurrency: 4
`
