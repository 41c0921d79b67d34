import type { Database, Statement } from 'better-sqlite3'
import type { GenerationRow } from '../../core/store/generations.ts'

/** More of them are not kept for one session. */
const maxKept = 100
const maxTitle = 200

type Present = {
  readonly generation: number
  readonly runtime_session: string | null
  readonly runtime_title: string | null
  readonly newest_generation: number
  readonly generation_since: number
  readonly generation_after: number
}

type Kept = {
  readonly generation: number
  readonly runtime_session: string | null
  readonly runtime_title: string | null
  readonly title: string
  readonly after_run: number
  readonly first_at: number
  readonly last_at: number
}

/** The conversations of a session: leaving the present one, going back to another. Used inside transactions only. */
export class SessionGenerations {
  readonly #onChange: () => void
  readonly #present: Statement<[number]>
  readonly #bounds: Statement
  readonly #title: Statement
  readonly #keep: Statement
  readonly #bound: Statement<[number, number, number]>
  readonly #kept: Statement<[number, number]>
  readonly #list: Statement<[number, number, number]>
  readonly #newestRun: Statement<[number]>
  readonly #set: Statement

  /** `onChange`: called before the present conversation of a session becomes another. */
  constructor(db: Database, onChange: () => void) {
    this.#onChange = onChange
    this.#present = db.prepare(
      `SELECT generation, runtime_session, runtime_title, newest_generation, generation_since, generation_after FROM sessions WHERE id = ?`,
    )
    const ofPresent = 'session_id = +@session AND id > +@after AND generation = +@generation'
    this.#bounds = db.prepare(
      `SELECT (SELECT created_at FROM runs WHERE ${ofPresent} ORDER BY id LIMIT 1) AS first_at,
         (SELECT COALESCE(finished_at, created_at) FROM runs WHERE ${ofPresent} ORDER BY id DESC LIMIT 1) AS last_at`,
    )
    // The first runs only: a conversation that begins with many pictures has no title.
    this.#title = db
      .prepare(
        `SELECT substr(m.text, 1, ${maxTitle}) FROM (SELECT id FROM runs WHERE ${ofPresent} AND source <> 'compact' ORDER BY id LIMIT 5) r
         JOIN run_messages rm ON rm.run_id = r.id AND rm.form <> 'context'
         JOIN messages m ON m.id = rm.message_id WHERE m.text <> '' ORDER BY r.id, m.id LIMIT 1`,
      )
      .pluck()
    this.#keep = db.prepare(
      `INSERT INTO session_generations (session_id, generation, runtime_session, runtime_title, title, after_run, first_at, last_at)
       VALUES (@session, @generation, @runtimeSession, @runtimeTitle, @title, @after, @firstAt, @lastAt)
       ON CONFLICT (session_id, generation) DO UPDATE SET runtime_session = @runtimeSession, runtime_title = @runtimeTitle,
         last_at = @lastAt`,
    )
    this.#bound = db.prepare(
      `DELETE FROM session_generations WHERE session_id = ? AND id NOT IN (
         SELECT id FROM session_generations WHERE session_id = ? ORDER BY last_at DESC, id DESC LIMIT ?)`,
    )
    const kept =
      'generation, runtime_session, runtime_title, title, after_run, first_at, last_at FROM session_generations'
    this.#kept = db.prepare(`SELECT ${kept} WHERE session_id = ? AND generation = ?`)
    this.#list = db.prepare(
      `SELECT ${kept} WHERE session_id = ? AND generation <> ? ORDER BY last_at DESC, generation DESC LIMIT ?`,
    )
    this.#newestRun = db
      .prepare('SELECT COALESCE(MAX(id), 0) FROM runs WHERE session_id = ?')
      .pluck() as Statement<[number]>
    this.#set = db.prepare(
      `UPDATE sessions SET generation = @generation, runtime_session = @runtimeSession, runtime_title = @runtimeTitle,
         newest_generation = @newest,
         generation_since = @now, generation_after = @after WHERE id = @session`,
    )
  }

  /** Puts the present conversation aside and begins another. */
  begin(session: number, now: number): void {
    const present = this.#leave(session)
    const generation = present.newest_generation + 1
    const after = this.#newestRun.get(session) as number
    this.#onChange()
    const nothing = { runtimeSession: null, runtimeTitle: null }
    this.#set.run({ session, generation, ...nothing, newest: generation, now, after })
  }

  /** The title of the conversation that is there again, or why it is not. */
  resume(
    session: number,
    generation: number,
    now: number,
  ): { readonly title: string } | 'present' | 'unknown' {
    if (this.#now(session).generation === generation) return 'present'
    const kept = this.#kept.get(session, generation) as Kept | undefined
    if (!kept) return 'unknown'
    const { newest_generation: newest } = this.#leave(session)
    this.#onChange()
    this.#set.run({
      session,
      generation,
      runtimeSession: kept.runtime_session,
      runtimeTitle: kept.runtime_title,
      newest,
      now,
      after: kept.after_run,
    })
    return { title: kept.runtime_title ?? kept.title }
  }

  /** When the present conversation was last used; undefined while there is nothing in it. */
  usedAt(session: number): number | undefined {
    const present = this.#now(session)
    const { last_at } = this.#boundsOf(session, present)
    if (last_at === null && present.runtime_session === null) return undefined
    return Math.max(last_at ?? 0, present.generation_since)
  }

  list(session: number, limit: number): GenerationRow[] {
    const present = this.#now(session)
    const { first_at, last_at } = this.#boundsOf(session, present)
    const rows = (this.#list.all(session, present.generation, limit) as Kept[]).map(
      (kept): GenerationRow => ({
        generation: kept.generation,
        title: kept.runtime_title ?? kept.title,
        firstAt: kept.first_at,
        lastAt: kept.last_at,
        isPresent: false,
      }),
    )
    const kept = this.#kept.get(session, present.generation) as Kept | undefined
    const firstAt = kept?.first_at ?? first_at
    const lastAt = last_at ?? kept?.last_at
    if (firstAt === null || lastAt === undefined) return rows
    const title = present.runtime_title ?? kept?.title ?? this.#titleOf(session, present)
    return [
      { generation: present.generation, title, firstAt, lastAt, isPresent: true },
      ...rows,
    ].slice(0, limit)
  }

  #leave(session: number): Present {
    const present = this.#now(session)
    const { generation, runtime_session: runtimeSession, generation_after: after } = present
    const runtimeTitle = present.runtime_title
    const bounds = this.#boundsOf(session, present)
    // What nothing was said in is nothing to go back to.
    if (bounds.last_at !== null || runtimeSession !== null) {
      this.#keep.run({
        session,
        generation,
        runtimeSession,
        runtimeTitle,
        title: this.#titleOf(session, present),
        after,
        firstAt: bounds.first_at ?? present.generation_since,
        lastAt: bounds.last_at ?? present.generation_since,
      })
      this.#bound.run(session, session, maxKept)
    }
    return present
  }

  #now(session: number): Present {
    return this.#present.get(session) as Present
  }

  #boundsOf(session: number, { generation, generation_after: after }: Present) {
    return this.#bounds.get({ session, generation, after }) as {
      first_at: number | null
      last_at: number | null
    }
  }

  #titleOf(session: number, { generation, generation_after: after }: Present): string {
    return (this.#title.get({ session, generation, after }) as string | undefined) ?? ''
  }
}
