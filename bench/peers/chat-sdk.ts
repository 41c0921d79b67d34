// Vercel's Chat SDK, set up so that it answers every message in order: strategy `queue` hands a handler the newest
// message and the ones it overtook, so the handler answers those first. Limits are lifted so that nothing is evicted,
// and its log is quiet. (`concurrent` with one handler per thread measured the same.) Its Telegram adapter shows
// typing for every private message and has no switch for that. Peer of the benchmark, a process of its own.
import { createMemoryState } from '@chat-adapter/state-memory'
import { createTelegramAdapter } from '@chat-adapter/telegram'
import { type Adapter, Chat, ConsoleLogger } from 'chat'

const logger = new ConsoleLogger('error')
const telegram = createTelegramAdapter({
  mode: 'polling',
  botToken: process.env['TELEGRAM_BOT_TOKEN'] ?? '',
  apiUrl: process.env['TELEGRAM_API_ROOT'] ?? '',
  userName: 'bench_bot',
  logger,
})
const bot = new Chat({
  userName: 'bench_bot',
  // The two packages disagree under exactOptionalPropertyTypes, not in fact.
  adapters: { telegram: telegram as Adapter },
  state: createMemoryState(),
  concurrency: { strategy: 'queue', maxQueueSize: 100_000, queueEntryTtlMs: 3_600_000 },
  logger,
})
bot.onDirectMessage(async (thread, message, _channel, context) => {
  for (const each of [...(context?.skipped ?? []), message]) await thread.post(each.text)
})

await bot.initialize()
process.once('SIGTERM', () => void bot.shutdown())
