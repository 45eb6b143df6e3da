export const limits = {
  title: 100,
  description: 500,
  keyword: 50,
  questions: 5,
  question: 45,
  answer: 300,
  messages: 100,
  windowMinutes: 1440,
  entries: 100,
  winners: 50,
  bonusTickets: 100,
  claimMinutes: 10_080,
  /** Less than a year. */
  durationMinutes: 365 * 1440 - 1,
  templateName: 50,
  templates: 25,
  /** Giveaways of one server that run or wait to be drawn. */
  running: 10,
} as const

/** How long chat is waited for that was written in time and has not arrived. */
export const lateChatMs = 20_000
/** Kick delivers chat up to ten minutes late; what comes after the list is frozen does not enter. */
export const lateChatMinutes = 15
/** The panel follows the entries no faster than this. */
export const panelEveryMs = 15_000
/** How far away the round is that decides: nobody can know it when the list is published. */
export const roundAheadMs = 15_000
/** Rounds come to a mirror a moment after their time. */
export const roundPatienceMs = 3_000
