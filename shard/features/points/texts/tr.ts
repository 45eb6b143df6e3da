import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const tr: Translation<typeof en> = {
  'command.points': 'Senin ya da başka bir üyenin kaç puanı var',
  'command.points.member': 'Başka biri; boş bırakılırsa sen',
  rank: '{{of}} kişi içinde {{rank}}. sıra',
  earned: 'Kazanılan {{earned}} · harcanan {{spent}}',
  paused: 'Puanlar bu sunucuda şu anda duraklatıldı.',
  worth: 'İzlenen beş dakika {{points}} değerinde.',
  'chat.none': 'henüz puan yok. Yayın sırasında sohbete yazmaya devam et, gelecekler.',
  'chat.has': '{{points}}.',
  'chat.ranked': '{{points}}, {{of}} kişi içinde {{rank}}. sıra.',
}
