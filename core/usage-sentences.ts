import type { Limit } from './budget.ts'
import type { Spent } from './store/usage.ts'

/** What the gateway says about what its agents cost. */
export type UsageSentences = {
  /** Why a run ends; at length the first time on a day. */
  overLimit(facts: LimitFacts, isFirst: boolean): string
  /** For owners: somebody's runs end from now on. `name` is the person's, for a limit of theirs. */
  limitReached(facts: LimitFacts, name: string): string
  usage(facts: UsageFacts): string
}

type LimitName = Pick<Limit, 'key' | 'unit' | 'max' | 'agent' | 'isPersonal'>

export type LimitFacts = LimitName & {
  /** When it is free again, `00:00 (Europe/Berlin)`. */
  readonly from: string
  readonly trace: string
  /** It was reached while the run was under way. */
  readonly isCutOff: boolean
}

export type UsageFacts = {
  /** What the person spent today. */
  readonly today: Spent
  readonly session: Spent
  /** What all agents and each of them spent today, for owners. */
  readonly agents: readonly { readonly name: string | undefined; readonly spent: Spent }[]
  readonly limits: readonly (LimitName & { readonly used: number })[]
  /** When limits are free again. */
  readonly from: string
}

type Words = Pick<UsageSentences, 'overLimit' | 'limitReached'> & {
  readonly locale: string
  readonly today: string
  readonly session: string
  readonly allAgents: string
  readonly nothing: string
  readonly free: string
  readonly unknown: string
  readonly atLeast: string
  agent(name: string): string
  tokens(spent: Spent, count: (value: number) => string): string
  limit(used: string, max: string, limit: LimitName, from: string): string
}

export const englishUsage: UsageSentences = wordUsage({
  locale: 'en',
  overLimit({ from, trace, isCutOff, ...limit }, isFirst) {
    if (!isFirst) {
      return isCutOff
        ? `I had to stop: today's limit is used up until ${from}. (trace ${trace})`
        : `Today's limit is still used up; I answer again from ${from}. (trace ${trace})`
    }
    const max = amount('en', limit)
    const whose = limit.isPersonal ? `Your limit of ${max} a day` : `My limit of ${max} a day`
    const where = limit.agent === undefined ? '' : ` with agent ${limit.agent}`
    const end = isCutOff ? 'I had to stop' : 'I cannot answer now'
    return `${whose}${where} is used up, so ${end}. It is free again at ${from}; /retry then asks once more. (trace ${trace})`
  },
  limitReached(limit, name) {
    const whose = limit.isPersonal ? ` for ${name}` : ''
    return `The limit ${limit.key} (${amount('en', limit)} a day) is used up${whose}: what is asked now is not answered before ${limit.from}. To change that, raise it in the configuration.`
  },
  today: 'You today',
  session: 'This conversation',
  allAgents: 'All agents today',
  nothing: 'nothing',
  free: 'no cost',
  unknown: 'cost unknown',
  atLeast: 'at least ',
  agent: (name) => `Agent ${name} today`,
  tokens: (spent, count) =>
    `${count(spent.inputTokens + spent.outputTokens)} tokens (${count(spent.inputTokens)} in, ${count(spent.outputTokens)} out)`,
  limit(used, max, { isPersonal, agent }, from) {
    const whose = isPersonal ? 'Your limit' : 'Limit'
    const where = agent === undefined ? '' : ` with agent ${agent}`
    return `${whose}${where}: ${used} of ${max} used until ${from}.`
  },
})

export const germanUsage: UsageSentences = wordUsage({
  locale: 'de',
  overLimit({ from, trace, isCutOff, ...limit }, isFirst) {
    if (!isFirst) {
      return isCutOff
        ? `Ich musste aufhören: Die Tagesgrenze ist bis ${from} erreicht. (Spur ${trace})`
        : `Die Tagesgrenze ist noch erreicht; ab ${from} antworte ich wieder. (Spur ${trace})`
    }
    const max = amount('de', limit)
    const whose = limit.isPersonal ? `Deine Tagesgrenze von ${max}` : `Meine Tagesgrenze von ${max}`
    const where = limit.agent === undefined ? '' : ` beim Agenten ${limit.agent}`
    const end = isCutOff ? 'musste ich aufhören' : 'kann ich jetzt nicht antworten'
    return `${whose}${where} ist erreicht, deshalb ${end}. Um ${from} ist sie wieder frei; mit /retry versuche ich es dann noch einmal. (Spur ${trace})`
  },
  limitReached(limit, name) {
    const whose = limit.isPersonal ? ` für ${name}` : ''
    return `Die Grenze ${limit.key} (${amount('de', limit)} am Tag) ist${whose} erreicht: Was jetzt gefragt wird, bleibt bis ${limit.from} ohne Antwort. Wer das ändern will, hebt sie in der Konfiguration an.`
  },
  today: 'Du heute',
  session: 'Dieses Gespräch',
  allAgents: 'Alle Agenten heute',
  nothing: 'nichts',
  free: 'ohne Kosten',
  unknown: 'Kosten unbekannt',
  atLeast: 'mindestens ',
  agent: (name) => `Agent ${name} heute`,
  tokens: (spent, count) =>
    `${count(spent.inputTokens + spent.outputTokens)} Token (${count(spent.inputTokens)} hinein, ${count(spent.outputTokens)} heraus)`,
  limit(used, max, { isPersonal, agent }, from) {
    const whose = isPersonal ? 'Deine Grenze' : 'Grenze'
    const where = agent === undefined ? '' : ` beim Agenten ${agent}`
    return `${whose}${where}: ${used} von ${max} verbraucht, bis ${from}.`
  },
})

function wordUsage(words: Words): UsageSentences {
  const count = (value: number) => new Intl.NumberFormat(words.locale).format(value)
  const spentLine = (spent: Spent) => {
    if (spent.inputTokens + spent.outputTokens === 0) return words.nothing
    return `${words.tokens(spent, count)}, ${costOf(spent)}`
  }
  const costOf = ({ costUsd, unpriced }: Spent) => {
    if (costUsd === 0) return unpriced > 0 ? words.unknown : words.free
    return `${unpriced > 0 ? words.atLeast : ''}${dollars(words.locale, costUsd)}`
  }
  return {
    overLimit: words.overLimit,
    limitReached: words.limitReached,
    usage({ today, session, agents, limits, from }) {
      return [
        `${words.today}: ${spentLine(today)}.`,
        `${words.session}: ${spentLine(session)}.`,
        ...agents.map(({ name, spent }) => {
          const who = name === undefined ? words.allAgents : words.agent(name)
          return `${who}: ${spentLine(spent)}.`
        }),
        ...limits.map((limit) => {
          const used = limit.unit === 'usd' ? dollars(words.locale, limit.used) : count(limit.used)
          return words.limit(used, amount(words.locale, limit), limit, from)
        }),
      ].join('\n')
    },
  }
}

/** A limit in words: `100,000 tokens` or `$5.00`. */
function amount(locale: string, { unit, max }: Pick<Limit, 'unit' | 'max'>): string {
  if (unit === 'usd') return dollars(locale, max)
  return `${new Intl.NumberFormat(locale).format(max)} ${locale === 'de' ? 'Token' : 'tokens'}`
}

function dollars(locale: string, value: number): string {
  return new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: 'USD',
    // What a short answer costs is less than a cent.
    maximumFractionDigits: value < 1 ? 4 : 2,
  }).format(value)
}
