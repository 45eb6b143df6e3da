import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const de: Translation<typeof en> = {
  minutes: '{{minutes}} Min.',
  hours: '{{hours}} Std.',
  hours_and_minutes: '{{hours}} Std. {{minutes}} Min.',
  and_more_one: '… und {{count}} weiterer',
  and_more_other: '… und {{count}} weitere',
  points_one: '{{count}} Punkt',
  points_other: '{{count}} Punkte',
  'refused.unknown_command': 'Diesen Befehl gibt es nicht mehr; Discord vergisst ihn bald.',
  'refused.server_only': 'Dieser Befehl geht nur auf einem Server; bitte benutze es dort.',
  'refused.permission': 'Für diesen Befehl brauchst du die Berechtigung „{{permission}}“.',
  'refused.old_button': 'Das funktioniert nicht mehr.',
  'refused.other_server': 'Das gehört zu einem anderen Server; bitte benutze es dort.',
  'permission.Administrator': 'Administrator',
  'permission.ManageGuild': 'Server verwalten',
  'permission.ManageRoles': 'Rollen verwalten',
  'fault.timeout':
    'Das hat zu lange gedauert und ist vielleicht nicht geschehen; es ist als {{reference}} vermerkt. Bitte sieh nach, bevor du es noch einmal versuchst.',
  'fault.unavailable':
    'Discord oder unsere Datenbank antwortet gerade nicht; es ist als {{reference}} vermerkt. Bitte versuche es in einer Minute noch einmal.',
  'fault.undelivered':
    'Das ist geschehen, aber die Antwort ließ sich nicht anzeigen; es ist als {{reference}} vermerkt.',
  'fault.failed':
    'Etwas ist schiefgegangen; es ist als {{reference}} vermerkt. Bitte versuche es in einer Minute noch einmal.',
  'refused.not_served': 'Ich arbeite nur für einen anderen Server und kann hier nichts tun.',
  'viewer.name': 'Der Kick-Name',
  'viewer.member': 'Das Mitglied, wenn das Kick-Konto verknüpft ist',
  'viewer.whom': 'Bitte sag, wen du meinst: entweder ein Kick-Name oder ein Mitglied.',
  'viewer.no_link': '{{member}} hat hier kein Kick-Konto verknüpft; bitte gib stattdessen den Kick-Namen an.',
  'viewer.bad_name': 'Das ist kein Kick-Name; bitte gib ihn so an, wie er im Chat steht, ohne Leerzeichen.',
  'error.no_change': 'Bitte sag, was sich ändern soll: Gib mindestens eine der anderen Optionen an.',
  'panel.posted': '✅ Das Panel steht in {{channel}}.',
  'panel.cannot_post':
    'Ich kann in {{channel}} nichts senden; gib mir dort die Rechte, den Kanal zu sehen, Nachrichten zu senden und Links einzubetten.',
  'viewer.managed_name': 'Ein Kick-Name, verknüpft oder nicht; für alle, die den Server verwalten',
  'viewer.managed_only':
    'Nur wer die Berechtigung „{{permission}}“ hat, darf nach einem Kick-Namen fragen; bitte gib stattdessen ein Mitglied an.',
}
