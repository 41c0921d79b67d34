import assert from 'node:assert/strict'
import { test } from 'node:test'
import { childEnvironment } from './child-environment.ts'

const person = {
  PATH: '/usr/bin',
  HOME: '/home/eva',
  LANG: 'de_DE.UTF-8',
  LC_ALL: 'C',
  https_proxy: 'http://proxy:3128',
  NO_PROXY: 'localhost',
  SSH_AUTH_SOCK: '/run/agent',
  XDG_RUNTIME_DIR: '/run/user/1000',
}
const gateway = {
  JACKDAW_TOKEN: 'a',
  TELEGRAM_BOT_TOKEN: 'b',
  NODE_OPTIONS: '--max-semi-space-size=4',
  npm_package_name: 'jackdaw',
  npm_lifecycle_script: 'node gateway/main.mjs start',
  INIT_CWD: '/checkout',
}

test('a program gets what it would have in the shell of the person, and nothing of the gateway', () => {
  const settings = { npm_config_registry: 'https://npm.example' }
  assert.deepEqual(childEnvironment({ ...person, ...gateway, ...settings }, '/f'), {
    ...person,
    ...settings,
  })
})

test('what npm adds when it starts the gateway goes no further', () => {
  const added = { npm_lifecycle_event: 'start', npm_config_local_prefix: '/checkout' }
  assert.deepEqual(childEnvironment({ ...person, ...gateway, ...added }, '/f'), person)
})

test('without a home it gets one, and the keys of model providers where they are meant for it', () => {
  const env = { PATH: '/usr/bin', GROQ_API_KEY: 'k', LANG: '' }
  assert.deepEqual(childEnvironment(env, '/f'), { PATH: '/usr/bin', HOME: '/f/home' })
  assert.equal(childEnvironment(env, '/f', { withKeys: true })['GROQ_API_KEY'], 'k')
})
