import { discordUnderTest } from '../../test/contracts/channel/discord.ts'
import { channelContract } from '../../test/contracts/channel.ts'

channelContract(discordUnderTest)
