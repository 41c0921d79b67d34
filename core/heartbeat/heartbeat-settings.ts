/** When and how one agent checks in by itself. */
export type HeartbeatSettings = {
  readonly isEnabled: boolean
  readonly everyMs: number
  /** `owner`, or a direct chat. */
  readonly target: 'owner' | { readonly channel: string; readonly chat: string }
  readonly prompt: string
  readonly hours: ActiveHours
  /** The folder with HEARTBEAT.md. */
  readonly workspace: string
}

/** Times of day such as `08:00` in a zone; `end` is not included and may lie after midnight. */
export type ActiveHours = {
  readonly start: string
  readonly end: string
  readonly timezone: string
}
