import type { Clock } from '../clock.ts'
import type { RuntimeCatalog } from '../runtime-port.ts'
import { oneLine } from './one-line.ts'

type Choice = RuntimeCatalog['models'][number]

const freshMs = 5 * 60_000
/** After a failure, and while nobody has answered yet. */
const againMs = 30_000
const maxChoices = 2_000
const maxName = 200

/**
 * What a runtime offers, as it last said. Nobody waits for it: whoever looks when it is old has it read in the
 * background. A failure is silent, what was known stays.
 */
export class CatalogMemory {
  readonly #read: () => Promise<RuntimeCatalog>
  readonly #clock: Clock
  #known: RuntimeCatalog | undefined
  #isReading = false
  #dueAt = Number.NEGATIVE_INFINITY

  /** `read` ends within a time limit of its own. */
  constructor(clock: Clock, read: () => Promise<RuntimeCatalog>) {
    this.#clock = clock
    this.#read = read
  }

  /** Never waits. Undefined until it is known. */
  get(): RuntimeCatalog | undefined {
    if (!this.#isReading && this.#clock.now() >= this.#dueAt) void this.#refresh()
    return this.#known
  }

  async #refresh(): Promise<void> {
    this.#isReading = true
    try {
      const { models, modes } = await this.#read()
      this.#known = { models: bounded(models), modes: bounded(modes) }
      this.#dueAt = this.#clock.now() + freshMs
    } catch {
      this.#dueAt = this.#clock.now() + againMs
    } finally {
      this.#isReading = false
    }
  }
}

/** Names that are no harmless line of their own could not be shown or written. */
function bounded(choices: readonly Choice[]): readonly Choice[] {
  return choices
    .filter(({ id }) => id !== '' && oneLine(id, maxName) === id)
    .slice(0, maxChoices)
    .map(({ id, label }) => ({ id, label: oneLine(label, maxName) }))
}
