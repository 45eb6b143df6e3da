import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const de: Translation<typeof en> = {
  'command.season': 'Saisons: eine Zeit mit Namen und eigenen Bestenlisten',
  'command.start': 'Jetzt eine Saison starten; für alle, die den Server verwalten',
  'command.start.name': 'Wie sie heißt',
  'command.start.ends': 'Ihr letzter Tag, etwa 2026-12-31; wenn leer, beendest du sie',
  'command.end': 'Die laufende Saison beenden; fragt vorher',
  'command.list': 'Alle Saisons dieses Servers',
  'command.show': 'Die Bestenlisten einer Saison',
  'command.show.season': 'Welche; die neueste, wenn leer',
  'command.show.what': 'Zuschauzeit, wenn leer',
  title: 'Saisons',
  none: 'Es gab noch keine Saison; ein Admin startet eine mit `/season start`.',
  empty: 'In dieser Saison hat niemand zugesehen.',
  over: '{{from}} bis {{to}}',
  open: 'seit {{from}}',
  until: '{{from}} bis {{to}}',
  viewers_one: '{{count}} Zuschauer',
  viewers_other: '{{count}} Zuschauer',
  started:
    '▶️ **{{name}}** hat begonnen: {{time}}. Ihre Bestenliste zeigt `/leaderboard` mit dem Zeitraum dieser Saison; Gesamtwerte und Rollen laufen weiter wie bisher.',
  channel: 'Wenn sie vorbei ist, schreibe ich das Ergebnis in {{channel}}.',
  no_channel:
    'Wenn sie vorbei ist, bewahre ich das Ergebnis auf; wähle mit `/settings set` und `{{key}}` einen Kanal dafür.',
  'end.question':
    'Das beendet **{{name}}** jetzt und bewahrt die Bestenlisten, wie sie sind. Niemand kann das zurücknehmen oder ergänzen. Soll ich?',
  'end.yes': 'Saison beenden',
  'end.no': 'Weiterlaufen lassen',
  ended: '🏁 **{{name}}** ist vorbei. `/season show` zeigt die Bestenlisten.',
  kept: 'Die Saison läuft weiter.',
  result: '🏁 Die Saison {{name}} ist vorbei',
  'error.name': 'Eine Saison braucht einen Namen von 1 bis {{max}} Zeichen.',
  'error.not_a_day':
    'Bitte gib den letzten Tag als Jahr-Monat-Tag an, etwa `2026-12-31`, oder lass ihn weg und beende sie selbst.',
  'error.past': 'Dieser Tag ist schon vorbei; bitte gib heute oder einen späteren an.',
  'error.too_far':
    'Das ist zu weit weg; bitte gib einen Tag innerhalb der nächsten {{days}} Tage an oder lass ihn weg.',
  'error.running': '**{{name}}** läuft gerade, und es gibt immer nur eine Saison. Beende sie zuerst mit `/season end`.',
  'error.no_season': 'Gerade läuft keine Saison; starte eine mit `/season start`.',
  'error.unknown': 'Diese Saison gibt es hier nicht; `/season list` zeigt alle, die es gibt.',
}
