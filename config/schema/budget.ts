import { z } from 'zod'

const tokensSchema = z.int().min(0).default(0)
const usdSchema = z.number().min(0).default(0)

const shape = {
  dailyTokens: tokensSchema.describe('Tokens per day; 0 = no limit.'),
  dailyUsd: usdSchema.describe('US dollars per day; 0 = no limit.'),
  perSenderDailyTokens: tokensSchema.describe('Tokens per day for each person; 0 = no limit.'),
}

export const budgetSchema = z
  .strictObject(shape)
  .prefault({})
  .describe('What may be spent per day over all agents.')

export const agentBudgetSchema = z.strictObject(shape)

const priceSchema = z.number().min(0)

export const pricesSchema = z
  .record(
    z.string().min(1),
    z.strictObject({
      input: priceSchema.describe('US dollars per million input tokens.'),
      output: priceSchema.describe('US dollars per million output tokens.'),
      cached: priceSchema.optional().describe('US dollars per million cached input tokens.'),
    }),
  )
  .prefault({})
  .describe('Prices by model. A model that is not here costs "unknown", never an invented sum.')
