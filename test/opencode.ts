import { findProgram } from '../core/runtimes/find-program.ts'

/**
 * The real OpenCode to test against, or the sentence that says why there is none, to skip with. It is looked for in the
 * folder JACKDAW_OPENCODE names, then in PATH. Throws that sentence where JACKDAW_REQUIRE_COUNTERPARTS=1 forbids
 * skipping.
 */
export function findOpenCode(): { readonly path: string } | { readonly missing: string } {
  const path = [process.env['JACKDAW_OPENCODE'], process.env['PATH']].filter(Boolean).join(':')
  if (findProgram('opencode', path) !== undefined) return { path }
  const missing =
    'No OpenCode was found: npm install opencode-ai@1 in a folder of its own, and name its node_modules/.bin in JACKDAW_OPENCODE.'
  if (process.env['JACKDAW_REQUIRE_COUNTERPARTS'] === '1') throw new Error(missing)
  return { missing }
}
