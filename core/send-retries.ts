/** How often one delivery is sent before it is given up; waits that a platform asks for do not count. */
export const maxSendAttempts = 10

/** Between attempts at one delivery, unless the platform says how long. */
export const sendBackoff = { firstMs: 1000, maxMs: 300_000 }
