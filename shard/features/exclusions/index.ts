import { excludedFrom, removeExclusions, setExclusions } from '../../../sql/queries/exclusion.ts'
import { defineFeature } from '../feature.ts'
import { exclude } from './command.ts'

/** Who is left out of what: of earning minutes, of points for them, of boards, of raffles. */
export const exclusionsFeature = defineFeature({ name: 'exclusions', commands: [exclude] })

/** What other rooms may call; a member's own wish to stand on no board is `boards` with the origin `member`. */
export const exclusions = { set: setExclusions, remove: removeExclusions, from: excludedFrom }
