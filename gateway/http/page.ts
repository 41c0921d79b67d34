import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { ApiApp } from './api-context.ts'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}

/** One file name, or one folder and a file name: all that a build makes, and nothing that leads elsewhere. */
const filePattern = /^\/((?:[A-Za-z0-9_-]+\/)?[A-Za-z0-9_-][A-Za-z0-9._-]*)$/

/** Whether a path could be the page's, which everybody may load: it holds nothing before the sign-in. */
export function isPagePath(path: string): boolean {
  return path === '/' || fileOf(path) !== undefined
}

const notBuilt =
  'The page has not been built. Run "npm run build:page" in the checkout, then reload. The API works without it.\n'

/** Serves the built page: `/` and its files. Files under `assets/` carry a hash in their name and never change. */
export function addPage(app: ApiApp, pageDir: string): void {
  app.get('/', async (c) => {
    const html = await readIfThere(join(pageDir, 'index.html'))
    if (html === undefined) return c.text(notBuilt, 503, { 'cache-control': 'no-store' })
    return c.body(html, 200, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
    })
  })

  app.get('/*', async (c, next) => {
    const file = fileOf(c.req.path)
    if (file === undefined) return await next()
    const content = await readIfThere(join(pageDir, file.name))
    if (content === undefined) return await next()
    const isHashed = file.name.startsWith('assets/')
    return c.body(content, 200, {
      'content-type': file.type,
      'cache-control': isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    })
  })
}

function fileOf(path: string): { name: string; type: string } | undefined {
  const name = filePattern.exec(path)?.[1]
  const type = types[extname(name ?? '')]
  return name === undefined || type === undefined ? undefined : { name, type }
}

async function readIfThere(file: string): Promise<Buffer<ArrayBuffer> | undefined> {
  try {
    return await readFile(file)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'EISDIR') return undefined
    throw error
  }
}
