/** A Model Context Protocol server whose tools an agent gets: a program on stdio, or one that runs already. */
export type ToolServer =
  | {
      readonly name: string
      readonly command: readonly string[]
      readonly cwd: string
      readonly env: Readonly<Record<string, string>>
    }
  | {
      readonly name: string
      readonly url: string
      readonly headers: Readonly<Record<string, string>>
    }
