import type { GiveawayTranslation } from '../giveaway.ts'

export const tr: GiveawayTranslation = {
  'giveaway.list.title': '{{server}} çekilişleri',
  'giveaway.list.lead': 'Her çekiliş, kazananları ve onları denetlemek için gereken her şeyle birlikte.',
  'giveaway.list.none': 'Burada henüz çekiliş yapılmadı.',
  'giveaway.title': 'Çekiliş {{number}}',
  'giveaway.all': 'Bu sunucunun bütün çekilişleri',
  'giveaway.check.list': 'Listenin özeti, liste dondurulurken yayımlanan özettir.',
  'giveaway.check.seed': 'Tohum, çekiliş başlarken taahhüt edilen tohumdur.',
  'giveaway.frozen.lead':
    'Burada kimsenin adı geçmez; katılanlar kendi katılımını Discord’da “Nasıl çekildi” düğmesiyle öğrenir.',
  'giveaway.how.seed':
    'Bir çekiliş başlamadan önce gizli bir tohum (seed) oluşturulur: 32 rastgele bayt, 64 küçük harfli onaltılık basamak olarak yazılır. Taahhüt, metin olarak bu 64 karakterin SHA-256 özetidir ve baştan itibaren Discord’da çekilişin altında durur.',
  'giveaway.how.list':
    'Artık katılım alınmayınca liste dondurulur: her kişi için bir katılım. Bir katılımın kimliği, {{formula}} metninin SHA-256 özetinin ilk 40 onaltılık basamağıdır. Tuz (salt) rastgeledir ve yalnızca o katılıma aittir; kişi (person) Kick kullanıcı kimliğidir ya da discord: ve ardından Discord kimliğidir.',
  'giveaway.how.public':
    'Herkese açık tohum {{formula}} metnidir; period bu çekilişin numarasıdır. Mesajla birlikte {{fallback}} olur.',
  'giveaway.how.void':
    'Çekilen kişi kazanamayacaksa, zamanında yanıt vermezse ya da değiştirilirse bir sonraki nonce karar verir. Kimse seçmez ve çekilen kişi bir daha çekilmez. Böyle çekimler gerekçeleriyle bu sayfada kalır.',
  'giveaway.told': 'Kazananları bu sunucunun paneli söyledi. Bot çekmedi, denetlenecek bir şey yok.',
  'giveaway.void.excluded': 'çekilişlerin dışında tutuluyor',
  'giveaway.void.gone': 'verileri silindi',
  'giveaway.void.unclaimed': 'zamanında yanıt vermedi',
  'giveaway.void.rerolled': 'bir yönetici değiştirdi',
  'giveaway.void.role': 'istenen rolü yoktu',
}
