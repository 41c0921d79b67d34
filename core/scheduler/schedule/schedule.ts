/**
 * When something happens. Instants are milliseconds since the epoch.
 * `at` once; `every` at `anchorAt` and every `everyMs` of real time after it, whatever clocks are set to;
 * `cron` by the local time of `timezone`, an IANA name. Made by `parseSchedule`, which has checked it.
 */
export type Schedule =
  | { readonly kind: 'at'; readonly at: number }
  | { readonly kind: 'every'; readonly everyMs: number; readonly anchorAt: number }
  | { readonly kind: 'cron'; readonly expression: string; readonly timezone: string }
