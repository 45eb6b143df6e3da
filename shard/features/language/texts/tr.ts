import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const tr: Translation<typeof en> = {
  minutes: '{{minutes}} dk',
  hours: '{{hours}} sa',
  hours_and_minutes: '{{hours}} sa {{minutes}} dk',
  and_more_one: '… ve {{count}} tane daha',
  and_more_other: '… ve {{count}} tane daha',
  points_one: '{{count}} puan',
  points_other: '{{count}} puan',
  'refused.unknown_command': 'Bu komut artık yok; Discord onu yakında unutur.',
  'refused.server_only': 'Bu komut yalnızca bir sunucuda çalışır; lütfen orada kullan.',
  'refused.permission': 'Bu komut için “{{permission}}” iznine ihtiyacın var.',
  'refused.old_button': 'Bu artık çalışmıyor.',
  'refused.other_server': 'Bu başka bir sunucuya ait; lütfen orada kullan.',
  'permission.Administrator': 'Yönetici',
  'permission.ManageGuild': 'Sunucuyu Yönet',
  'permission.ManageRoles': 'Rolleri Yönet',
  'fault.timeout':
    'Bu çok uzun sürdü ve belki gerçekleşmedi; {{reference}} olarak kaydedildi. Yeniden denemeden önce lütfen kontrol et.',
  'fault.unavailable':
    'Discord ya da veritabanımız şu anda yanıt vermiyor; {{reference}} olarak kaydedildi. Lütfen bir dakika sonra yeniden dene.',
  'fault.undelivered': 'Bu yapıldı, ama yanıt gösterilemedi; {{reference}} olarak kaydedildi.',
  'fault.failed': 'Bir şeyler ters gitti; {{reference}} olarak kaydedildi. Lütfen bir dakika sonra yeniden dene.',
  'refused.not_served': 'Yalnızca başka bir sunucuya hizmet ediyorum, burada bir şey yapamam.',
  'viewer.name': 'Kick adı',
  'viewer.member': 'Üye, Kick hesabını bağladıysa',
  'viewer.whom': 'Lütfen kim olduğunu söyle: ya bir Kick adı ya da bir üye ver.',
  'viewer.no_link': '{{member}} burada bir Kick hesabı bağlamadı; lütfen bunun yerine Kick adını ver.',
  'viewer.bad_name': 'Bu bir Kick adı değil; lütfen sohbette göründüğü gibi, boşluksuz yaz.',
  'error.no_change': 'Neyin değişeceğini söyle: diğer seçeneklerden en az birini ver.',
  'panel.posted': '✅ Panel {{channel}} kanalında.',
  'panel.cannot_post':
    '{{channel}} kanalına yazamıyorum; orada kanalı görme, mesaj gönderme ve bağlantı gömme izni ver.',
  'viewer.managed_name': 'Bağlı olsun olmasın bir Kick adı; sunucuyu yönetenler için',
  'viewer.managed_only':
    'Kick adıyla yalnızca “{{permission}}” yetkisi olanlar sorabilir; lütfen onun yerine bir üye ver.',
}
