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

/** One that runs already. */
export type RunningToolServer = Extract<ToolServer, { readonly url: string }>

/** A tool as a model sees it; `schema` is the JSON Schema of its arguments. */
export type ToolDefinition = {
  readonly name: string
  readonly description: string
  readonly schema: Readonly<Record<string, unknown>>
}

/** The gateway's own tools, for a runtime whose tools belong to the agent: it names its session with every call. */
export type OwnToolAccess = {
  definitions(): Promise<readonly ToolDefinition[]>
  /** Where they are, with a token that is the agent's. Undefined until the gateway listens. */
  access(): RunningToolServer | undefined
}
