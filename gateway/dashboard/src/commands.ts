export type Command = {
  readonly name: string
  readonly description: string
  readonly takesWords: boolean
}

/** The chat commands the page offers while one is being typed. */
const commands: readonly Command[] = [
  {
    name: '/new',
    description: 'Start afresh',
    takesWords: false,
  },
  { name: '/stop', description: 'Stop the agent', takesWords: false },
  { name: '/status', description: 'What is running and waiting', takesWords: false },
  { name: '/help', description: 'What you can do here', takesWords: false },
  { name: '/why', description: 'Why a message was not answered', takesWords: false },
  {
    name: '/queue',
    description: 'What to do while the agent is busy',
    takesWords: true,
  },
  { name: '/retry', description: 'Try the last message again', takesWords: false },
]

/** The commands that the text may become; none once it is more than one word. */
export function matchCommands(text: string): readonly Command[] {
  return /^\/\w*$/.test(text)
    ? commands.filter((command) => command.name.startsWith(text.toLowerCase()))
    : []
}
