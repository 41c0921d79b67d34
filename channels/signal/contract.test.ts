import { signalUnderTest } from '../../test/contracts/channel/signal.ts'
import { channelContract } from '../../test/contracts/channel.ts'

channelContract(signalUnderTest)
