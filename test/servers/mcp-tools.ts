import { McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'

/** What the tools of one process have seen, over all of its sessions. */
export type ToolWorld = { calls: number; cancelled: number }

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] })
/** A picture of one pixel. */
const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** A tool server of our own whose tools do what a test needs. `world` outlives the sessions. */
export function makeToolServer(world: ToolWorld): McpServer {
  const server = new McpServer(
    { name: 'scripted', version: '1.0.0' },
    { instructions: 'Prefer the tool repeat_text.' },
  )
  server.registerTool(
    'repeat_text',
    {
      title: 'Repeat a text',
      description: 'Returns the text it is given.',
      inputSchema: z.object({ text: z.string(), times: z.number().optional() }),
    },
    async (input) => {
      world.calls += 1
      return text(input.text.repeat(input.times ?? 1))
    },
  )
  server.registerTool('fail', { description: 'Fails.' }, async () => {
    world.calls += 1
    return { ...text('The disk is full.'), isError: true }
  })
  server.registerTool('show_picture', { description: 'Returns a picture.' }, async () => ({
    content: [
      { type: 'text' as const, text: 'Here it is:' },
      { type: 'image' as const, data: pixel, mimeType: 'image/png' },
    ],
  }))
  server.registerTool('hang', { description: 'Never ends.' }, async (context) => {
    world.calls += 1
    await new Promise<void>((resolve) => {
      context.mcpReq.signal.addEventListener('abort', () => resolve())
    })
    world.cancelled += 1
    return text('cancelled')
  })
  server.registerTool('look', { description: 'What has happened so far.' }, async () =>
    text(JSON.stringify({ ...world, pid: process.pid })),
  )
  return server
}
