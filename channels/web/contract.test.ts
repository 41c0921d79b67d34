import { webUnderTest } from '../../test/contracts/channel/web.ts'
import { channelContract } from '../../test/contracts/channel.ts'

channelContract(webUnderTest)
