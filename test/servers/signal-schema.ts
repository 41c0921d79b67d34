/**
 * The REST API's own description, `signal-swagger.json`, as the judge of what goes in and out: it is
 * src/docs/swagger.json of bbernhard/signal-cli-rest-api (MIT licence, Copyright (c) 2020 bbernhard), unchanged.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'

type Json = Readonly<Record<string, unknown>>
type Document = { readonly definitions: Readonly<Record<string, Json>> }

/** What is wrong with a request: `isMistyped` when Go could not even read it. */
export type Problem = { readonly isMistyped: boolean; readonly text: string }

/** Checks bodies and envelopes against the swagger document, in which nothing unknown is allowed. */
export class SignalSchema {
  readonly #ajv = new Ajv({ allErrors: true, strict: false, formats: { int64: true, int32: true } })
  readonly #validators = new Map<string, ValidateFunction>()

  constructor({ definitions }: Document) {
    const attachment = definitions['receive.Attachment'] ?? {}
    // The document is of 0.14.7; signal-cli has the flag since August 2026.
    const isVoiceNote = { type: 'boolean' }
    const properties = { ...Object(attachment['properties']), isVoiceNote }
    const current = { ...definitions, 'receive.Attachment': { ...attachment, properties } }
    this.#ajv.addSchema({ $id: 'signal', definitions: closed(current) })
  }

  /** Why `value` is none of `definition` (`api.SendMessageV2`), or nothing when it is one. */
  problems(definition: string, value: unknown): readonly Problem[] {
    let validate = this.#validators.get(definition)
    if (!validate) {
      validate = this.#ajv.compile({ $ref: `signal#/definitions/${definition}` })
      this.#validators.set(definition, validate)
    }
    if (validate(value)) return []
    return (validate.errors ?? []).map((error) => ({
      isMistyped: error.keyword === 'type',
      text: describe(error),
    }))
  }

  /** The same for an envelope, in which Java writes what is missing as null. */
  envelopeProblems(envelope: unknown): readonly string[] {
    return this.problems('receive.MessageEnvelope', withoutNulls(envelope)).map(({ text }) => text)
  }
}

/** The schema, read and compiled anew. */
export function signalSchema(): SignalSchema {
  const file = join(import.meta.dirname, 'signal-swagger.json')
  const document: Document = JSON.parse(readFileSync(file, 'utf8'))
  return new SignalSchema(document)
}

/** signal-cli's records as its own serializer writes them, one of each kind (AsamK/signal-cli 0.13.19). */
export function goldenRecords(): readonly Json[] {
  const file = join(import.meta.dirname, 'signal-envelopes.jsonl')
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** No object may hold what the document does not name; swagger 2 would let it pass. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, item]) => {
    if (key === '$ref') return [key, String(item).replace('#/', 'signal#/')]
    return [key, closed(item)]
  })
  const copy = Object.fromEntries(entries)
  return 'properties' in copy ? { ...copy, additionalProperties: false } : copy
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, withoutNulls(item)]),
  )
}

function describe(error: ErrorObject): string {
  const extra = error.params['additionalProperty'] ?? error.params['allowedValues'] ?? ''
  return `${error.instancePath || '/'} ${error.message ?? 'is wrong'} ${extra}`.trim()
}
