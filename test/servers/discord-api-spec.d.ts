/** The package types these schemas with the JavaScript itself, which tells nothing. */
declare module 'discord-api-spec/zod' {
  type Schema = import('zod/mini').ZodMiniType

  export const ApplicationCommandCreateRequestSchema: Schema
  export const ApplicationCommandResponseSchema: Schema
  export const ApplicationCommandUpdateRequestSchema: Schema
  export const ApplicationCommandAutocompleteCallbackRequestSchema: Schema
  export const CreateForumThreadRequestSchema: Schema
  export const CreateMessageInteractionCallbackRequestSchema: Schema
  export const CreatePrivateChannelRequestSchema: Schema
  export const CreateTextThreadWithMessageRequestSchema: Schema
  export const CreateTextThreadWithoutMessageRequestSchema: Schema
  export const GatewayBotResponseSchema: Schema
  export const GuildChannelResponseSchema: Schema
  export const IncomingWebhookRequestPartialSchema: Schema
  export const IncomingWebhookUpdateRequestPartialSchema: Schema
  export const InteractionCallbackResponseSchema: Schema
  export const MessageCreateRequestSchema: Schema
  export const MessageEditRequestPartialSchema: Schema
  export const MessageResponseSchema: Schema
  export const ModalInteractionCallbackRequestSchema: Schema
  export const PongInteractionCallbackRequestSchema: Schema
  export const PrivateApplicationResponseSchema: Schema
  export const PrivateChannelResponseSchema: Schema
  export const ThreadResponseSchema: Schema
  export const ThreadsResponseSchema: Schema
  export const UpdateMessageInteractionCallbackRequestSchema: Schema
  export const UpdateThreadRequestPartialSchema: Schema
  export const UserResponseSchema: Schema
}
