import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const fr: Translation<typeof en> = {
  'command.points': 'Combien de points vous ou un autre membre avez',
  'command.points.member': 'Quelqu’un d’autre ; vous par défaut',
  rank: 'rang {{rank}} sur {{of}}',
  earned: 'Gagnés {{earned}} · dépensés {{spent}}',
  paused: 'Les points sont en pause sur ce serveur.',
  worth: 'Cinq minutes regardées valent {{points}}.',
  'chat.none': 'pas encore de points. Écrivez dans le chat pendant le live et ils viendront.',
  'chat.has': '{{points}}.',
  'chat.ranked': '{{points}}, rang {{rank}} sur {{of}}.',
}
