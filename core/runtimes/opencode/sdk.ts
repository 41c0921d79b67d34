/** The SDK's client for servers of OpenCode 1.x. */
export type Sdk = Awaited<ReturnType<typeof loadSdk>>
export type SdkClient = ReturnType<Sdk['createOpencodeClient']>

/** Loads the SDK on first use, so that gateways without OpenCode do not pay for it. Loading it again is free. */
export async function loadSdk() {
  const { createOpencodeClient } = await import('@opencode-ai/sdk/v2/client')
  return { createOpencodeClient }
}
