import { defineFeature, type Feature } from '../feature.ts'
import { earn, help } from './command.ts'

/** What the bot can do and how one earns here, told from the list of features itself, so that it is never out of date. */
export const helpFeature = (features: () => readonly Feature[]): Feature =>
  defineFeature({ name: 'help', commands: [help(features), earn(features)] })
