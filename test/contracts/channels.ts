import { discordUnderTest } from './channel/discord.ts'
import { signalUnderTest } from './channel/signal.ts'
import { telegramUnderTest } from './channel/telegram.ts'
import { webUnderTest } from './channel/web.ts'
import type { ChannelUnderTest } from './channel.ts'

/** Every channel that runs the suite, in the order of the table of guarantees. */
export const channelsUnderTest: readonly ChannelUnderTest[] = [
  signalUnderTest,
  telegramUnderTest,
  discordUnderTest,
  webUnderTest,
]
