import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const fr: Translation<typeof en> = {
  'command.exclude': 'Exclure des spectateurs des minutes, points, classements ou tirages',
  'command.exclude.add': 'Exclure quelqu’un, par exemple un bot de chat',
  'command.exclude.remove': 'Laisser quelqu’un participer à nouveau',
  'command.exclude.list': 'Montrer qui est exclu de quoi',
  'command.exclude.from': 'De quoi ; de tout si rien n’est indiqué',
  'command.exclude.reason': 'Pourquoi ; les autres admins le lisent',
  'choice.time': 'temps de visionnage',
  'choice.points': 'points',
  'choice.boards': 'classements',
  'choice.raffles': 'tirages',
  added: '**{{name}}** est exclu à partir de maintenant : {{kinds}}. Ce qui a été gagné avant reste.',
  removed: '**{{name}}** participe à nouveau : {{kinds}}.',
  was_so: '**{{name}}** en est déjà exclu ; rien n’a changé.',
  was_not: '**{{name}}** n’en est pas exclu ; rien n’a changé.',
  title: 'Exclus',
  nobody: 'Personne n’est exclu. Le streamer et moi ne gagnons jamais rien.',
}
