import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const es: Translation<typeof en> = {
  'command.help': 'Qué puedo hacer aquí y cómo ganas',
  'command.earn': 'Mostrar a todos cómo se gana aquí',
  title: 'Cómo se gana aquí',
  members: 'Lo que puedes hacer',
  chat: 'En el chat del directo',
  admins: 'Para administradores',
}
