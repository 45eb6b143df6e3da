import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const tr: Translation<typeof en> = {
  'command.help': 'Burada neler yapabilirim ve nasıl kazanırsın',
  'command.earn': 'Burada nasıl kazanıldığını herkese göster',
  title: 'Burada nasıl kazanılır',
  members: 'Neler yapabilirsin',
  chat: 'Yayın sohbetinde',
  admins: 'Yöneticiler için',
}
