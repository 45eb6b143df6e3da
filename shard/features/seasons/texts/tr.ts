import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const tr: Translation<typeof en> = {
  'command.season': 'Sezonlar: adı ve kendi sıralamaları olan bir dönem',
  'command.start': 'Şimdi bir sezon başlat; sunucuyu yönetenler için',
  'command.start.name': 'Adı',
  'command.start.ends': 'Son günü, örneğin 2026-12-31; boşsa sen bitirirsin',
  'command.end': 'Süren sezonu bitir; önce sorar',
  'command.list': 'Bu sunucunun tüm sezonları',
  'command.show': 'Bir sezonun sıralamaları',
  'command.show.season': 'Hangisi; boşsa en yenisi',
  'command.show.what': 'Boşsa izleme süresi',
  title: 'Sezonlar',
  none: 'Henüz hiç sezon olmadı; bir yönetici `/season start` ile başlatır.',
  empty: 'Bu sezonda kimse izlemedi.',
  over: '{{from}} – {{to}}',
  open: '{{from}} tarihinden beri',
  until: '{{from}} – {{to}} arası',
  viewers_one: '{{count}} izleyici',
  viewers_other: '{{count}} izleyici',
  started:
    '▶️ **{{name}}** başladı: {{time}}. Sıralaması, bu sezonun dönemi seçilerek `/leaderboard` ile görülür; toplamlar ve roller eskisi gibi sürer.',
  channel: 'Bittiğinde sonucu {{channel}} kanalına yazarım.',
  no_channel: 'Bittiğinde sonucu saklarım; onun için `/settings set` ve `{{key}}` ile bir kanal seç.',
  'end.question':
    'Bu, **{{name}}** sezonunu şimdi bitirir ve sıralamalarını olduğu gibi saklar. Kimse bunu geri alamaz ya da bir şey ekleyemez. Bitireyim mi?',
  'end.yes': 'Sezonu bitir',
  'end.no': 'Sürsün',
  ended: '🏁 **{{name}}** bitti. Sıralamalarını `/season show` gösterir.',
  kept: 'Sezon sürüyor.',
  result: '🏁 {{name}} sezonu bitti',
  'error.name': 'Bir sezonun 1 ile {{max}} karakter arasında bir adı olmalı.',
  'error.not_a_day':
    'Lütfen son günü yıl-ay-gün olarak ver, örneğin `2026-12-31`, ya da kendin bitirmek için boş bırak.',
  'error.past': 'O gün çoktan geçti; lütfen bugünü ya da daha sonraki bir günü ver.',
  'error.too_far': 'Bu çok uzak; lütfen önümüzdeki {{days}} gün içinde bir gün ver ya da boş bırak.',
  'error.running': '**{{name}}** sürüyor ve aynı anda tek bir sezon olur. Önce onu `/season end` ile bitir.',
  'error.no_season': 'Şu anda süren bir sezon yok; `/season start` ile bir tane başlat.',
  'error.unknown': 'Burada böyle bir sezon yok; olanları `/season list` gösterir.',
}
