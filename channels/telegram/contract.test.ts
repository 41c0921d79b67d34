import { telegramUnderTest } from '../../test/contracts/channel/telegram.ts'
import { channelContract } from '../../test/contracts/channel.ts'

channelContract(telegramUnderTest)
