import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const es: Translation<typeof en> = {
  'command.points': 'Cuántos puntos tenéis tú u otro miembro',
  'command.points.member': 'Otra persona; tú si se omite',
  rank: 'puesto {{rank}} de {{of}}',
  earned: 'Ganados {{earned}} · gastados {{spent}}',
  paused: 'Los puntos están en pausa en este servidor.',
  worth: 'Cinco minutos vistos valen {{points}}.',
  'chat.none': 'aún no tienes puntos. Sigue chateando durante el directo y llegarán.',
  'chat.has': '{{points}}.',
  'chat.ranked': '{{points}}, puesto {{rank}} de {{of}}.',
}
