import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** What is not the public internet: this machine, its networks, cloud metadata, and addresses that stand for others. */
const notPublic = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  notPublic.addSubnet(network, prefix, 'ipv4')
}

/** Global unicast; of it, tunnels that carry an IPv4 address of their choice are left out. */
const global = new BlockList()
global.addSubnet('2000::', 3, 'ipv6')
const tunnels = new BlockList()
tunnels.addSubnet('2001::', 32, 'ipv6')
tunnels.addSubnet('2002::', 16, 'ipv6')
tunnels.addSubnet('2001:db8::', 32, 'ipv6')

/** Whether an IP address, as text, belongs to the public internet. False for anything that is no address. */
export function isPublicAddress(address: string): boolean {
  const [plain = ''] = address.split('%')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1]
  if (mapped !== undefined) return isPublicAddress(mapped)
  if (isIPv4(plain)) return !notPublic.check(plain, 'ipv4')
  return isIPv6(plain) && global.check(plain, 'ipv6') && !tunnels.check(plain, 'ipv6')
}
