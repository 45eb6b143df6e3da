import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const es: Translation<typeof en> = {
  minutes: '{{minutes}} min',
  hours: '{{hours}} h',
  hours_and_minutes: '{{hours}} h {{minutes}} min',
}
