import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startFakeGateway } from '../fake-gateway.ts'

type Operation = {
  summary?: string
  responses: Record<string, unknown>
  parameters?: { name: string; in: string }[]
  security?: unknown
}
type Document = {
  openapi: string
  info: { title: string; version: string }
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, unknown>; securitySchemes: Record<string, unknown> }
}

const contract = [
  'GET /healthz',
  'GET /readyz',
  'GET /metrics',
  'POST /api/v1/login',
  'POST /api/v1/logout',
  'GET /api/v1/status',
  'GET /api/v1/usage',
  'GET /api/v1/jobs',
  'POST /api/v1/jobs',
  'POST /api/v1/jobs/preview',
  'GET /api/v1/jobs/simulate',
  'GET /api/v1/jobs/{id}',
  'PATCH /api/v1/jobs/{id}',
  'DELETE /api/v1/jobs/{id}',
  'POST /api/v1/jobs/{id}/pause',
  'POST /api/v1/jobs/{id}/resume',
  'POST /api/v1/jobs/{id}/accept',
  'POST /api/v1/jobs/{id}/run',
  'GET /api/v1/jobs/{id}/occurrences',
  'GET /api/v1/heartbeat',
  'POST /api/v1/heartbeat/run',
  'POST /api/v1/runs',
  'GET /api/v1/runs',
  'GET /api/v1/runs/{id}',
  'POST /api/v1/runs/{id}/cancel',
  'POST /api/v1/runs/{id}/retry',
  'GET /api/v1/runs/{id}/events',
  'GET /api/v1/runs/{id}/events/stream',
  'GET /api/v1/events',
  'GET /api/v1/sessions',
  'GET /api/v1/sessions/{id}',
  'GET /api/v1/sessions/{id}/messages',
  'POST /api/v1/sessions/{id}/reset',
  'PATCH /api/v1/sessions/{id}',
  'GET /api/v1/chats',
  'GET /api/v1/chats/{chatId}/messages',
  'POST /api/v1/chats/{chatId}/messages',
  'POST /api/v1/chats/{chatId}/presses',
  'GET /api/v1/chats/{chatId}/stream',
  'GET /api/v1/messages/{id}/trace',
  'GET /api/v1/conversations',
  'GET /api/v1/deliveries',
  'POST /api/v1/deliveries/{id}/retry',
  'POST /api/v1/deliveries/{id}/discard',
  'POST /api/v1/send',
  'GET /api/v1/approvals',
  'POST /api/v1/approvals/{id}',
  'GET /api/v1/grants',
  'DELETE /api/v1/grants/{id}',
  'GET /api/v1/pairing',
  'POST /api/v1/pairing/{id}/approve',
  'POST /api/v1/pairing/{id}/reject',
  'GET /api/v1/senders',
  'PATCH /api/v1/conversations/{id}',
  'PATCH /api/v1/senders',
  'DELETE /api/v1/senders',
  'GET /api/v1/channels',
  'POST /api/v1/channels/{name}/link',
  'POST /api/v1/channels/{name}/restart',
  'GET /api/v1/config',
  'PATCH /api/v1/config',
  'GET /api/v1/files/{sha256}',
  'POST /api/v1/backup',
]

/** Every `$ref` in a document. */
function refs(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, child]) =>
    key === '$ref' && typeof child === 'string' ? [child] : refs(child),
  )
}

test('the description of the API lists every route and hangs together', async () => {
  await using gateway = await startFakeGateway()
  const document = (await (await gateway.call('GET', '/api/v1/openapi.json')).json()) as Document
  assert.match(document.openapi, /^3\.1\.\d+$/)
  assert.deepEqual(document.info, { title: 'Jackdaw', version: '1.2.3' })
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  )
  const listed = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`)
  assert.deepEqual(listed.toSorted(), contract.toSorted())
  for (const { method, path, operation } of operations) {
    const place = `${method} ${path}`
    assert.ok(operation.summary, place)
    assert.ok(Object.keys(operation.responses).length > 0, place)
    for (const status of Object.keys(operation.responses))
      assert.match(status, /^[2-5]\d\d$/, place)
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    const given = (operation.parameters ?? []).filter((one) => one.in === 'path')
    assert.deepEqual(
      given.map(({ name }) => name),
      named,
      place,
    )
  }
  const schemas = document.components.schemas
  const used = refs(document)
  assert.ok(used.length > 10)
  for (const ref of used) {
    const name = /^#\/components\/schemas\/(\w+)$/.exec(ref)?.[1] ?? ''
    assert.ok(schemas[name] !== undefined, ref)
  }
})

test('every schema of the description compiles', async () => {
  const { Ajv2020 } = await import('ajv/dist/2020.js')
  await using gateway = await startFakeGateway()
  const document = (await (await gateway.call('GET', '/api/v1/openapi.json')).json()) as Document
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema(document, 'api')
  for (const name of Object.keys(document.components.schemas)) {
    assert.ok(ajv.getSchema(`api#/components/schemas/${name}`), name)
  }
})
