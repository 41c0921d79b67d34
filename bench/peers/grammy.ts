// A bot as its author would write it by hand: grammY's own answer to load (runner) and to order (sequentialize),
// nothing durable. Peer of the benchmark, started as a process of its own.
import { run, sequentialize } from '@grammyjs/runner'
import { Bot } from 'grammy'

const bot = new Bot(process.env['TELEGRAM_BOT_TOKEN'] ?? '', {
  client: { apiRoot: process.env['TELEGRAM_API_ROOT'] ?? '' },
})
bot.use(sequentialize((context) => context.chat?.id.toString()))
bot.on('message:text', (context) => context.reply(context.message.text))
bot.catch((error) => console.error(error))

const runner = run(bot)
process.once('SIGTERM', () => void runner.stop())
