/** The parts of a sentence about a schedule in one language. */
export type ScheduleWords = {
  /** From Sunday. */
  readonly weekdays: readonly string[]
  readonly months: readonly string[]
  readonly and: string
  readonly once: (date: string, time: string) => string
  readonly every: (count: number, unit: 'week' | 'day' | 'hour' | 'minute' | 'second') => string
  readonly atMinute: (minute: number) => string
  readonly at: (times: string) => string
  readonly daily: string
  readonly onWeekdays: (names: readonly string[]) => string
  readonly workdays: string
  readonly weekend: string
  readonly onDays: (days: readonly number[]) => string
  readonly onDates: (days: readonly number[], months: readonly string[]) => string
  readonly date: (weekday: string, day: number, month: string, year: number) => string
  readonly dayAndMonth: (day: number, month: string) => string
  readonly byExpression: (expression: string) => string
  readonly skipped: (wanted: string, date: string, runs: string) => string
  readonly repeatedOnce: (time: string, date: string) => string
  readonly repeatedTwice: (time: string, date: string) => string
}

type Unit = Parameters<ScheduleWords['every']>[1]

const englishUnits: Readonly<Record<Unit, string>> = {
  week: 'week',
  day: 'day',
  hour: 'hour',
  minute: 'minute',
  second: 'second',
}

const germanUnits: Readonly<Record<Unit, readonly [one: string, many: string]>> = {
  week: ['jede Woche', 'Wochen'],
  day: ['jeden Tag', 'Tage'],
  hour: ['jede Stunde', 'Stunden'],
  minute: ['jede Minute', 'Minuten'],
  second: ['jede Sekunde', 'Sekunden'],
}

const english: ScheduleWords = {
  weekdays: ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'],
  months: [
    'January',
    'February',
    'March',
    'April',
    'May',
    'June',
    'July',
    'August',
    'September',
    'October',
    'November',
    'December',
  ],
  and: 'and',
  once: (date, time) => `once, on ${date} at ${time}`,
  every: (count, unit) =>
    count === 1 ? `every ${englishUnits[unit]}` : `every ${count} ${englishUnits[unit]}s`,
  atMinute: (minute) => `every hour, ${minute} ${minute === 1 ? 'minute' : 'minutes'} past`,
  at: (times) => ` at ${times}`,
  daily: 'every day',
  onWeekdays: (names) => `every ${list(names, 'and')}`,
  workdays: 'every weekday',
  weekend: 'every Saturday and Sunday',
  onDays: (days) => `on the ${list(days.map(ordinal), 'and')} of every month`,
  onDates: (days, months) =>
    `every year on ${list(
      months.flatMap((month) => days.map((day) => `${day} ${month}`)),
      'and',
    )}`,
  date: (weekday, day, month, year) => `${weekday} ${day} ${month} ${year}`,
  dayAndMonth: (day, month) => `${day} ${month}`,
  byExpression: (expression) => `by the cron expression "${expression}"`,
  skipped: (wanted, date, runs) => `${wanted} does not exist on ${date}: runs at ${runs}.`,
  repeatedOnce: (time, date) => `${time} comes twice on ${date}: runs once, the first time.`,
  repeatedTwice: (time, date) => `${time} comes twice on ${date}: runs both times.`,
}

const german: ScheduleWords = {
  weekdays: ['Sonntag', 'Montag', 'Dienstag', 'Mittwoch', 'Donnerstag', 'Freitag', 'Samstag'],
  months: [
    'Januar',
    'Februar',
    'März',
    'April',
    'Mai',
    'Juni',
    'Juli',
    'August',
    'September',
    'Oktober',
    'November',
    'Dezember',
  ],
  and: 'und',
  once: (date, time) => `einmal, am ${date} um ${time} Uhr`,
  every: (count, unit) => {
    const [one, many] = germanUnits[unit]
    return count === 1 ? one : `alle ${count} ${many}`
  },
  atMinute: (minute) =>
    `jede Stunde, ${minute} ${minute === 1 ? 'Minute' : 'Minuten'} nach der vollen`,
  at: (times) => ` um ${times} Uhr`,
  daily: 'jeden Tag',
  onWeekdays: (names) => `jeden ${list(names, 'und')}`,
  workdays: 'jeden Werktag (Montag bis Freitag)',
  weekend: 'jeden Samstag und Sonntag',
  onDays: (days) =>
    `am ${list(
      days.map((day) => `${day}.`),
      'und',
    )} jedes Monats`,
  onDates: (days, months) =>
    `jedes Jahr am ${list(
      months.flatMap((month) => days.map((day) => `${day}. ${month}`)),
      'und',
    )}`,
  date: (weekday, day, month, year) => `${weekday}, ${day}. ${month} ${year}`,
  dayAndMonth: (day, month) => `${day}. ${month}`,
  byExpression: (expression) => `nach dem Cron-Ausdruck „${expression}“`,
  skipped: (wanted, date, runs) => `${wanted} Uhr gibt es am ${date} nicht: läuft um ${runs} Uhr.`,
  repeatedOnce: (time, date) =>
    `${time} Uhr kommt am ${date} zweimal: läuft einmal, beim ersten Mal.`,
  repeatedTwice: (time, date) => `${time} Uhr kommt am ${date} zweimal: läuft beide Male.`,
}

/** German for a language hint such as `de-AT`, English otherwise. */
export function scheduleWords(language: string | undefined): ScheduleWords {
  return /^de\b/i.test(language ?? '') ? german : english
}

/** `a`, `a and b`, `a, b and c`. */
export function list(parts: readonly string[], and: string): string {
  return parts.length < 2
    ? (parts[0] ?? '')
    : `${parts.slice(0, -1).join(', ')} ${and} ${parts.at(-1)}`
}

function ordinal(day: number): string {
  const ends = ['th', 'st', 'nd', 'rd']
  const isTeen = day >= 11 && day <= 13
  return `${day}${isTeen ? 'th' : (ends[day % 10] ?? 'th')}`
}
