/** A provider whose key alone is enough, because its endpoint speaks the OpenAI chat API. */
export type HostedModel = {
  /** Environment variable of the key. */
  readonly variable: string
  readonly baseUrl: string
  /** Taken when none is named: cheap, quick, and a name the provider keeps pointing at something current. */
  readonly model: string
}

/** In the order they are tried. */
export const hostedModels: readonly HostedModel[] = [
  { variable: 'OPENAI_API_KEY', baseUrl: 'https://api.openai.com/v1', model: 'gpt-5-mini' },
  {
    variable: 'OPENROUTER_API_KEY',
    baseUrl: 'https://openrouter.ai/api/v1',
    model: 'openrouter/auto',
  },
  {
    variable: 'GROQ_API_KEY',
    baseUrl: 'https://api.groq.com/openai/v1',
    model: 'openai/gpt-oss-120b',
  },
  {
    variable: 'MISTRAL_API_KEY',
    baseUrl: 'https://api.mistral.ai/v1',
    model: 'mistral-small-latest',
  },
  { variable: 'DEEPSEEK_API_KEY', baseUrl: 'https://api.deepseek.com/v1', model: 'deepseek-flash' },
  {
    variable: 'GEMINI_API_KEY',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    model: 'gemini-flash-latest',
  },
]
