import { existsSync } from 'node:fs'

const knownPaths = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/**
 * The Chromium to test pages with, or the sentence that says why there is none, to skip with. Throws that sentence
 * where JACKDAW_REQUIRE_COUNTERPARTS=1 forbids skipping.
 */
export function findChromium(): { readonly path: string } | { readonly missing: string } {
  const named = process.env['JACKDAW_CHROMIUM']
  const path = (named ? [named] : knownPaths).find((candidate) => existsSync(candidate))
  if (path) return { path }
  const missing = named
    ? `JACKDAW_CHROMIUM names ${named}, which does not exist.`
    : 'No Chromium was found: install Debian’s package chromium, or name one in JACKDAW_CHROMIUM.'
  if (process.env['JACKDAW_REQUIRE_COUNTERPARTS'] === '1') throw new Error(missing)
  return { missing }
}

/** The folder that wants screenshots of the tested page, if any does (JACKDAW_SCREENSHOTS). */
export function findScreenshotFolder(): string | null {
  return process.env['JACKDAW_SCREENSHOTS'] || null
}
