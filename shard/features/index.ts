import type { TickKind } from '../../scheduler/schedule.ts'
import type { Feature, TickHandler } from './feature.ts'

/** Every feature. Command registration, routing, error replies, timings and log fields all follow from this list. */
export const features: readonly Feature[] = []

/** The room that handles each kind of tick. */
export const tickHandlers: Readonly<Partial<Record<TickKind, TickHandler>>> = {}
