import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const de: Translation<typeof en> = {
  minutes: '{{minutes}} Min.',
  hours: '{{hours}} Std.',
  hours_and_minutes: '{{hours}} Std. {{minutes}} Min.',
}
