import { createHash } from 'node:crypto'
import { existsSync, globSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { build } from 'vite'
import { launchChromium } from '../../test/rigs/browser.ts'
import { ScriptedGateway } from './scripted-gateway.ts'

/** A phone as browsers tell of it. */
export const phone = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  deviceScaleFactor: 2,
}

/** A visitor of the page: a browser of their own, and what went wrong in it. */
export type Visitor = {
  readonly page: Page
  /** Errors of the page and breaches of its content security policy. */
  readonly complaints: readonly string[]
}

/** The page freshly built and a browser to look at it, for the tests of one file. */
export class PageBench {
  readonly #folder: string
  readonly #browser: Browser

  private constructor(folder: string, browser: Browser) {
    this.#folder = folder
    this.#browser = browser
  }

  static async open(executablePath: string): Promise<PageBench> {
    return new PageBench(await buildPage(), await launchChromium(executablePath))
  }

  async close(): Promise<void> {
    await this.#browser.close()
  }

  /** A gateway that serves the built page; stops when disposed. */
  async gateway(): Promise<ScriptedGateway> {
    const gateway = new ScriptedGateway(this.#folder)
    await gateway.start()
    return gateway
  }

  /** Someone who opens an address for the first time. */
  async visit(url: string, options: BrowserContextOptions = {}): Promise<Visitor> {
    const context = await this.#browser.newContext({
      viewport: { width: 1280, height: 800 },
      locale: 'en-GB',
      ...options,
    })
    const page = await context.newPage()
    page.setDefaultTimeout(20_000)
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (line) => {
      // A refused connection or a 401 is part of some stories; everything else is a fault of the page.
      if (line.type() === 'error' && !line.text().startsWith('Failed to load resource'))
        complaints.push(line.text())
    })
    await page.goto(url)
    return { page, complaints }
  }

  /** Someone who is signed in and sees the chat. */
  async enter(gateway: ScriptedGateway, options: BrowserContextOptions = {}): Promise<Visitor> {
    gateway.codes.add('DOOR')
    const visitor = await this.visit(`${gateway.url}#code=DOOR`, options)
    await visitor.page.getByRole('textbox', { name: 'Message' }).waitFor()
    await visitor.page.locator('[role=log][aria-busy=false]').waitFor()
    return visitor
  }
}

/** The folder of the page as its sources are now: built once, whichever test file comes first. */
async function buildPage(): Promise<string> {
  const root = import.meta.dirname
  const builds = join(root, '../../.tmp/page')
  const folder = join(builds, await fingerprint(root))
  if (existsSync(join(folder, 'index.html'))) return folder
  await mkdir(builds, { recursive: true })
  const others = (await readdir(builds)).filter((name) => !name.startsWith('building-'))
  for (const name of others) await rm(join(builds, name), { recursive: true, force: true })
  const own = await mkdtemp(join(builds, 'building-'))
  await build({ root, logLevel: 'warn', build: { outDir: own, emptyOutDir: true } })
  try {
    await rename(own, folder)
  } catch {
    // Another test file was quicker.
    await rm(own, { recursive: true })
  }
  return folder
}

/** Changes whenever a source does. */
async function fingerprint(root: string): Promise<string> {
  const hash = createHash('sha256')
  for (const name of globSync('**/*.{ts,tsx,css,html,svg}', { cwd: root }).sort()) {
    if (name.startsWith('dist')) continue
    hash.update(name).update(await readFile(join(root, name)))
  }
  hash.update(await readFile(join(root, '../../package-lock.json')))
  return hash.digest('hex').slice(0, 16)
}
