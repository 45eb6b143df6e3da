import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const de: Translation<typeof en> = {
  'command.exclude': 'Zuschauer von Minuten, Punkten, Tafeln oder Verlosungen ausnehmen',
  'command.exclude.add': 'Jemanden ausnehmen, etwa einen Chat-Bot',
  'command.exclude.remove': 'Jemanden wieder teilnehmen lassen',
  'command.exclude.list': 'Zeigen, wer wovon ausgenommen ist',
  'command.exclude.from': 'Wovon; von allem, wenn nichts angegeben ist',
  'command.exclude.reason': 'Warum; andere Admins lesen es',
  'choice.time': 'Zuschauzeit',
  'choice.points': 'Punkte',
  'choice.boards': 'Tafeln',
  'choice.raffles': 'Verlosungen',
  added: '**{{name}}** ist ab jetzt ausgenommen: {{kinds}}. Was vorher verdient wurde, bleibt.',
  removed: '**{{name}}** nimmt wieder teil: {{kinds}}.',
  was_so: '**{{name}}** ist davon schon ausgenommen; nichts hat sich geändert.',
  was_not: '**{{name}}** ist davon nicht ausgenommen; nichts hat sich geändert.',
  title: 'Ausgenommen',
  nobody: 'Niemand ist ausgenommen. Der Streamer und ich verdienen nie.',
}
