/** The parts of the AI SDK this runtime uses. */
export type Sdk = Awaited<ReturnType<typeof loadSdk>>

/**
 * Loads the SDK on first use: it costs about 0.1 s and 30 MB, which a gateway whose agents run elsewhere need not
 * pay. Loading it again is free.
 */
export async function loadSdk() {
  const [ai, { createOpenAICompatible }] = await Promise.all([
    import('ai'),
    import('@ai-sdk/openai-compatible'),
  ])
  // The SDK prints its warnings to stderr and knows no other switch than this global.
  globalThis.AI_SDK_LOG_WARNINGS ??= false
  const {
    streamText,
    isStepCount,
    tool,
    jsonSchema,
    APICallError,
    InvalidResponseDataError,
    StreamProviderError,
  } = ai
  return {
    streamText,
    isStepCount,
    tool,
    jsonSchema,
    createOpenAICompatible,
    APICallError,
    InvalidResponseDataError,
    StreamProviderError,
  }
}
