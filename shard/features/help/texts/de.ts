import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const de: Translation<typeof en> = {
  'command.help': 'Was ich hier kann und wie du etwas verdienst',
  'command.earn': 'Allen zeigen, wie man hier etwas verdient',
  title: 'So verdienst du hier',
  members: 'Was du tun kannst',
  chat: 'Im Stream-Chat',
  admins: 'Für Admins',
}
