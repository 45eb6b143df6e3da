import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const tr: Translation<typeof en> = {
  'command.exclude': 'İzleyicileri dakika, puan, tablo veya çekilişlerin dışında tut',
  'command.exclude.add': 'Birini dışarıda tut, örneğin bir sohbet botunu',
  'command.exclude.remove': 'Birinin yeniden katılmasına izin ver',
  'command.exclude.list': 'Kimin neyin dışında tutulduğunu göster',
  'command.exclude.from': 'Neyin; belirtilmezse her şeyin',
  'command.exclude.reason': 'Neden; diğer yöneticiler okur',
  'choice.time': 'izleme süresi',
  'choice.points': 'puanlar',
  'choice.boards': 'tablolar',
  'choice.raffles': 'çekilişler',
  added: '**{{name}}** şu andan itibaren dışarıda: {{kinds}}. Önceden kazanılanlar kalır.',
  removed: '**{{name}}** yeniden katılıyor: {{kinds}}.',
  was_so: '**{{name}}** zaten bunun dışında; hiçbir şey değişmedi.',
  was_not: '**{{name}}** bunun dışında tutulmuyor; hiçbir şey değişmedi.',
  title: 'Dışarıda tutulanlar',
  nobody: 'Kimse dışarıda tutulmuyor. Yayıncı ve ben hiçbir zaman kazanmayız.',
}
