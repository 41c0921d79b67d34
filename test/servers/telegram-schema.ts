import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { createGenerator } from 'ts-json-schema-generator'

type Definitions = Record<string, unknown>

/** Methods the server speaks, each with the type that describes its parameters (`undefined`: takes none). */
export const methodParams = {
  getMe: undefined,
  getUpdates: 'GetUpdatesParams',
  setWebhook: 'SetWebhookParams',
  deleteWebhook: 'DeleteWebhookParams',
  getWebhookInfo: undefined,
  sendMessage: 'SendMessageParams',
  sendPhoto: 'SendPhotoParams',
  sendDocument: 'SendDocumentParams',
  sendVoice: 'SendVoiceParams',
  sendAudio: 'SendAudioParams',
  sendVideo: 'SendVideoParams',
  sendChatAction: 'SendChatActionParams',
  sendMessageDraft: 'SendMessageDraftParams',
  editMessageText: 'EditMessageTextParams',
  editMessageCaption: 'EditMessageCaptionParams',
  editMessageReplyMarkup: 'EditMessageReplyMarkupParams',
  deleteMessage: 'DeleteMessageParams',
  setMessageReaction: 'SetMessageReactionParams',
  answerCallbackQuery: 'AnswerCallbackQueryParams',
  setMyCommands: 'SetMyCommandsParams',
  getMyCommands: 'GetMyCommandsParams',
  deleteMyCommands: 'DeleteMyCommandsParams',
  getFile: 'GetFileParams',
  getChat: 'GetChatParams',
  getChatAdministrators: 'GetChatAdministratorsParams',
} as const

export type MethodName = keyof typeof methodParams

/** Checks calls and updates against the official types of the Bot API. One per process: see `telegramSchema`. */
export class TelegramSchema {
  readonly #ajv: Ajv
  readonly #definitions: Definitions
  readonly #validators = new Map<string, ValidateFunction>()

  constructor(definitions: Definitions) {
    this.#definitions = definitions
    this.#ajv = new Ajv({ allErrors: false, strict: false })
    this.#ajv.addSchema({ definitions }, 'telegram')
  }

  /** Why `payload` is no valid call of `method`, or `undefined` when it is one. */
  callProblem(method: MethodName, payload: unknown): string | undefined {
    const type = methodParams[method]
    if (type) return this.#problem(type, payload)
    return Object.keys(Object(payload)).length > 0 ? `${method} takes no parameters` : undefined
  }

  /** Why `update` is none of the Bot API, or `undefined` when it is one. */
  updateProblem(update: unknown): string | undefined {
    return this.#problem('TelegramUpdate', update)
  }

  /** Whether a parameter is a plain string, so that form data must not be read as JSON. */
  isText(method: MethodName, field: string): boolean {
    const type = methodParams[method]
    const text = JSON.stringify(
      at(at(at(this.#definitions, type ?? ''), 'properties'), field) ?? {},
    )
    // The types also allow objects with a `toString`, which never travel.
    return text.includes('"string"') && !/"(number|array|boolean)"|\$ref/.test(text)
  }

  #problem(type: string, value: unknown): string | undefined {
    let validate = this.#validators.get(type)
    if (!validate) {
      validate = this.#ajv.compile({ $ref: `telegram#/definitions/${type}` })
      this.#validators.set(type, validate)
    }
    if (validate(value)) return undefined
    return (validate.errors ?? []).slice(0, 3).map(describe).join('; ')
  }
}

let shared: TelegramSchema | undefined

/** The schema of the installed `@gramio/types`, generated once per installation and compiled once per process. */
export function telegramSchema(): TelegramSchema {
  shared ??= new TelegramSchema(readCached() ?? generate())
  return shared
}

function describe(error: ErrorObject): string {
  const extra = error.params['additionalProperty'] ?? error.params['allowedValues'] ?? ''
  return `${error.instancePath || '/'} ${error.message ?? 'is wrong'} ${extra}`.trim()
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

const types = [
  'TelegramUpdate',
  ...Object.values(methodParams).filter((type) => type !== undefined),
]
const modules = join(import.meta.dirname, '../../node_modules')
const typesPackage = join(modules, '@gramio/types')

/** Generating takes a second and a half, so every process after the first reads what that one wrote. */
function cacheFile(): string {
  const { version } = JSON.parse(readFileSync(join(typesPackage, 'package.json'), 'utf8'))
  const digest = createHash('sha256').update(types.join()).digest('hex').slice(0, 8)
  return join(modules, '.cache/jackdaw', `telegram-${version}-${digest}.json`)
}

function readCached(): Definitions | undefined {
  const file = cacheFile()
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

function generate(): Definitions {
  const generator = createGenerator({
    path: join(typesPackage, 'out/index.d.ts'),
    tsconfig: join(import.meta.dirname, '../../tsconfig.json'),
    type: '*',
    skipTypeCheck: true,
    jsDoc: 'none',
    additionalProperties: false,
  })
  const definitions: Definitions = {}
  for (const type of types) Object.assign(definitions, generator.createSchema(type).definitions)
  // In JSON a new file cannot travel; the server's body reader puts an object in its place.
  definitions['TelegramInputFile'] = { type: 'object', required: ['content'] }
  const file = cacheFile()
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(definitions))
  renameSync(`${file}.${process.pid}`, file)
  return definitions
}
