import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
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
    const folder = await mkdtemp(join(tmpdir(), 'jackdaw-page-'))
    const root = import.meta.dirname
    await build({ root, logLevel: 'warn', build: { outDir: folder, emptyOutDir: true } })
    return new PageBench(folder, await launchChromium(executablePath))
  }

  async close(): Promise<void> {
    await this.#browser.close()
    await rm(this.#folder, { recursive: true })
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
