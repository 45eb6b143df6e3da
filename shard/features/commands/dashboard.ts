import type { DashboardHandler } from '../feature.ts'

/** The dashboard has written commands into the database. Nothing keeps them in memory, so that the next call knows them. */
export const onReload: DashboardHandler = async () => {}
