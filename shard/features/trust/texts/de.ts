import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const de: Translation<typeof en> = {
  'command.why': 'Warum du die Minuten, Punkte und Rollen hast, die du hast',
  'command.why.member': 'Jemand anderes; für alle, die den Server verwalten',
  'command.privacy': 'Ob du auf Bestenlisten stehst und was über dich gespeichert ist',
  'command.privacy.hide': 'Auf keiner Bestenliste dieses Servers stehen',
  'command.privacy.show': 'Wieder auf Bestenlisten stehen',
  'command.privacy.status': 'Was hier über dich gespeichert ist und wie lange',
  'command.data': 'Eine Kopie deiner Daten dieses Servers bekommen oder sie löschen',
  'command.data.export': 'Alles bekommen, was hier über dich gespeichert ist, als Datei',
  'command.data.erase': 'Alles über dich hier löschen; fragt vorher',
  'why.title': 'Warum {{name}} hat, was da steht',
  'why.minutes': '⏱️ **{{time}}** insgesamt',
  'why.rule_one': 'Eine Chat-Nachricht zählt für {{count}} Sekunde, während der Stream live ist.',
  'why.rule_other': 'Eine Chat-Nachricht zählt für {{count}} Sekunden, während der Stream live ist.',
  'why.stream': '• {{when}}: {{minutes}} von {{present}} Min. gezählt',
  'why.old_stream': '• {{when}}: {{minutes}} Min. gezählt',
  'why.uncounted_one': '{{count}} Minute der letzten {{days}} Tage zählte nicht: {{reasons}}.',
  'why.uncounted_other': '{{count}} Minuten der letzten {{days}} Tage zählten nicht: {{reasons}}.',
  'why.cap_one': '{{count}} davon lag über der Tagesgrenze (jetzt {{cap}} am Tag) und wird nicht später bezahlt.',
  'why.cap_other': '{{count}} davon lagen über der Tagesgrenze (jetzt {{cap}} am Tag) und werden nicht später bezahlt.',
  'why.reason_offline': 'der Stream war offline, oder sie sind von eben',
  'why.reason_excluded': 'ein Admin hat dieses Konto ausgenommen',
  'why.reason_tracking': 'das Zählen ist ausgeschaltet',
  'why.points': '🪙 **{{points}}** = {{awarded}} fürs Zuschauen {{sign}} {{others}} sonst',
  'why.rate_one': 'Fünf Minuten sind jetzt {{count}} Punkt wert; {{carried}} Min. sind unterwegs zum nächsten.',
  'why.rate_other': 'Fünf Minuten sind jetzt {{count}} Punkte wert; {{carried}} Min. sind unterwegs zu den nächsten.',
  'why.ledger': '• {{when}}: {{delta}} ({{kind}}{{reason}})',
  'why.blocked': '⚠️ {{role}} kann ich noch nicht vergeben; die Admins wissen, warum.',
  'error.manager':
    'Nur wer den Server verwaltet, darf nach anderen fragen; lass das Mitglied weg, um nach dir zu fragen.',
  hidden:
    '✅ Du stehst auf keiner Bestenliste dieses Servers mehr. Du verdienst weiter; `/privacy show` bringt dich zurück.',
  shown: '✅ Du stehst wieder auf den Bestenlisten dieses Servers.',
  'privacy.title': 'Was hier über dich gespeichert ist',
  'privacy.account': 'Dein Kick-Konto **{{name}}**, verknüpft {{when}}.',
  'privacy.no_account': 'Kein Kick-Konto: Von nichts, was auf Kick verdient wurde, ist bekannt, dass es deins ist.',
  'privacy.rows':
    'In welchen Minuten du im Chat geschrieben hast (nie was), deine Minuten und Punkte und woher sie kommen, deine Rollen von mir.',
  'privacy.boards_yes': 'Bestenlisten zeigen dich. `/privacy hide` ändert das.',
  'privacy.boards_no': 'Bestenlisten zeigen dich nicht.',
  'privacy.yours':
    '`/data export` gibt dir eine Kopie, `/data erase` löscht alles. Werde ich von einem Server entfernt, verschwindet alles nach {{days}} Tagen.',
  'export.here': 'Alles, was auf diesem Server über dich gespeichert ist. Die Datei ist nur für dich.',
  'erase.question':
    'Das löscht deine Verknüpfung, deine Minuten, Punkte und Serien dieses Servers für immer; niemand kann sie zurückholen. Rollen, die ich dir gab, bleiben, bis jemand sie nimmt. Soll ich?',
  'erase.yes': 'Alles löschen',
  'erase.no': 'Behalten',
  'erase.done':
    'Erledigt: Hier ist nichts mehr über dich gespeichert. Wer später verknüpft oder chattet, beginnt bei null.',
  'erase.kept': 'Nichts wurde gelöscht.',
  'erase.other': 'Diese Frage ist für jemand anderen.',
}
