import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const fr: Translation<typeof en> = {
  'command.help': 'Ce que je sais faire ici, et comment vous gagnez',
  'command.earn': 'Montrer à tous comment on gagne ici',
  title: 'Comment on gagne ici',
  members: 'Ce que vous pouvez faire',
  chat: 'Dans le chat du stream',
  admins: 'Pour les administrateurs',
}
