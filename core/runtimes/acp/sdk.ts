/** Loads the SDK on first use, so that gateways without such an agent do not pay for it. Loading it again is free. */
export async function loadSdk() {
  const { client, methods, PROTOCOL_VERSION, RequestError } = await import(
    '@agentclientprotocol/sdk'
  )
  return { client, methods, PROTOCOL_VERSION, RequestError }
}
