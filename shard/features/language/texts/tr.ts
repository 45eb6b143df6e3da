import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const tr: Translation<typeof en> = {
  minutes: '{{minutes}} dk',
  hours: '{{hours}} sa',
  hours_and_minutes: '{{hours}} sa {{minutes}} dk',
}
