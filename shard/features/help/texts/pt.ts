import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const pt: Translation<typeof en> = {
  'command.help': 'O que eu faço aqui e como você ganha',
  'command.earn': 'Mostrar a todos como se ganha aqui',
  title: 'Como se ganha aqui',
  members: 'O que você pode fazer',
  chat: 'No chat da live',
  admins: 'Para administradores',
}
