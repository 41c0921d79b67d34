import type { Path } from '../path.ts'

/** A contradiction between keys that are each right alone. */
export type Contradiction = { readonly path: Path; readonly text: string }
