import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const de: Translation<typeof en> = {
  command: 'Minuten für mehr oder weniger Punkte zählen lassen',
  'command.add': 'Eine Happy Hour beginnen, jetzt oder später',
  'command.end': 'Sie beenden und geplante zurücknehmen',
  'command.show': 'Zeigen, was läuft und was geplant ist',
  'command.percent': 'Wie viel eine Minute zählt: 200 ist doppelt, 50 halb, 0 nichts',
  'command.minutes': 'Für wie viele Minuten',
  'command.in': 'In wie vielen Minuten sie beginnt; sonst sofort',
  'command.global': 'Wie viel jede Minute ab jetzt zählt; 100 ist üblich',
  'command.role': 'Wie viel Minuten von Mitgliedern mit einer Rolle ab jetzt zählen',
  'command.role.role': 'Von mehreren Rollen gilt die, die am meisten zählt',
  'command.subscriber': 'Wie viel Minuten von Abonnenten des Kanals ab jetzt zählen',
  'command.standing': '200 ist doppelt, 50 halb, 0 nichts; 100 nimmt es weg',
  title: 'Was Minuten für Punkte zählen',
  'line.global': '🌍 **{{percent}} %** für alle, seit {{when}}',
  'line.role': '🏷️ **{{percent}} %** mit {{role}}, seit {{when}}',
  'line.subscriber': '⭐ **{{percent}} %** für Abonnenten des Kanals, seit {{when}}',
  'line.happy': '⏰ **{{percent}} %** von {{from}} bis {{to}}',
  none: 'Nichts ist gesetzt, läuft oder ist geplant: Jede Minute zählt als eine.',
  ended: 'Sie ist vorbei; was Minuten bisher zählten, behalten sie.',
  rule: 'Eine Minute zählt **alle × Rolle × Abo × Happy Hour**, je 100 %, wo nichts gesetzt ist. Von mehreren Rollen gilt die höchste. Das Produkt wird einmal, am Ende, auf ganze Prozent abgeschnitten.',
  example:
    'Zum Beispiel {{global}} % × {{role}} % × {{subscriber}} % × {{happy}} % = **{{product}} %**. Ganze Blöcke von fünf solchen Minuten werden bezahlt, der Rest wird mitgenommen.',
  subscribers:
    'Abonnent ist, von wem Kick mir berichtet hat, bis dieses Abo endet, oder wer am letzten Tag mit dem Abzeichen geschrieben hat.',
  deaf: '⚠️ Änderungen an Rollen der Mitglieder werden mir nicht gemeldet (der Betreiber hat den Members-Intent nicht eingeschaltet). Rollen, die ich gebe, stimmen genau; von jeder anderen erfahre ich erst, wenn ihr Mitglied einen meiner Befehle oder Knöpfe benutzt.',
  set: 'Ab der nächsten Minute zählt das **{{percent}} %** statt {{before}} %. Was vorher geschaut wurde, behält seinen Wert.',
  unchanged: 'Es zählt schon **{{percent}} %**; nichts hat sich geändert.',
  now: 'Deine Minuten zählen jetzt **{{product}} %**: {{factors}}.',
  'now.global': 'alle {{percent}} %',
  'now.role': 'Rolle {{percent}} %',
  'now.subscriber': 'Abo {{percent}} %',
  'now.happy': 'Happy Hour {{percent}} % bis {{when}}',
  'error.overlap':
    'Das würde sich mit einer anderen Happy Hour überschneiden; `/multiplier show` zeigt sie und `/multiplier end` beendet sie.',
  'error.full': 'Schon {{most}} Rollen zählen anders; nimm zuerst mit `/multiplier role` und 100 eine weg.',
  'error.everybody': 'Das sind alle; bitte nimm dafür `/multiplier global`.',
}
