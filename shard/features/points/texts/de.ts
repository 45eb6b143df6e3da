import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const de: Translation<typeof en> = {
  'command.points': 'Wie viele Punkte du oder ein anderes Mitglied hast',
  'command.points.member': 'Jemand anderes; sonst du',
  rank: 'Platz {{rank}} von {{of}}',
  earned: 'Verdient {{earned}} · ausgegeben {{spent}}',
  paused: 'Punkte machen auf diesem Server gerade Pause.',
  worth: 'Fünf Minuten Zuschauen sind {{points}} wert.',
  'chat.none': 'noch keine Punkte. Schreib im Chat, während der Stream läuft, dann kommen sie.',
  'chat.has': '{{points}}.',
  'chat.ranked': '{{points}}, Platz {{rank}} von {{of}}.',
}
