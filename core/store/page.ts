/** One page of a list; `next` continues it. */
export type Page<T> = { readonly items: readonly T[]; readonly next: string | null }
