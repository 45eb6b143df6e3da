import { scheduleTimers } from '../../../sql/queries/timers.ts'
import type { DashboardHandler } from '../feature.ts'

/** The dashboard has written timed messages into the database: those that are on get their times. */
export const onChanged: DashboardHandler = ({ guildId }, db) => scheduleTimers(db, [guildId])
