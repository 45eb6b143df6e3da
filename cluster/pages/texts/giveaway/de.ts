import type { GiveawayTranslation } from '../giveaway.ts'

export const de: GiveawayTranslation = {
  'giveaway.list.title': 'Gewinnspiele von {{server}}',
  'giveaway.list.lead': 'Jedes Gewinnspiel mit seinen Gewinnern und allem, was man braucht, um sie nachzuprüfen.',
  'giveaway.list.none': 'Hier gab es noch kein Gewinnspiel.',
  'giveaway.title': 'Gewinnspiel {{number}}',
  'giveaway.all': 'Alle Gewinnspiele dieses Servers',
  'giveaway.check.list': 'Die Liste hat den Hash, der beim Einfrieren veröffentlicht wurde.',
  'giveaway.check.seed': 'Der Startwert ist der, auf den der Bot sich zu Beginn des Gewinnspiels festgelegt hat.',
  'giveaway.frozen.lead':
    'Hier wird niemand genannt; wer teilnimmt, erfährt den eigenen Eintrag über den Knopf „Wie gezogen wurde“ in Discord.',
  'giveaway.how.seed':
    'Bevor ein Gewinnspiel beginnt, entsteht ein geheimer Startwert (Seed): 32 zufällige Bytes, geschrieben als 64 hexadezimale Ziffern in Kleinbuchstaben. Die Festlegung ist SHA-256 über diese 64 Zeichen als Text und steht von Anfang an unter dem Gewinnspiel in Discord.',
  'giveaway.how.list':
    'Wenn keine Teilnahmen mehr angenommen werden, wird die Liste eingefroren: ein Eintrag für jede Person. Die Kennung eines Eintrags sind die ersten 40 hexadezimalen Ziffern von SHA-256 über den Text {{formula}}. Das Salz (salt) ist zufällig und gehört nur zu diesem Eintrag; die Person (person) ist die Nutzer-ID bei Kick, oder discord: gefolgt von der Discord-ID.',
  'giveaway.how.public':
    'Der öffentliche Startwert ist der Text {{formula}}, wobei period die Nummer des Gewinnspiels ist; mit der Nachricht lautet er {{fallback}}.',
  'giveaway.how.void':
    'Darf jemand Gezogenes nicht gewinnen, antwortet nicht rechtzeitig oder wird ersetzt, entscheidet die nächste Nonce. Niemand wählt aus, und wer gezogen wurde, wird nicht noch einmal gezogen. Solche Würfe bleiben mit ihrem Grund auf dieser Seite stehen.',
  'giveaway.told':
    'Das Dashboard dieses Servers hat die Gewinner genannt. Der Bot hat sie nicht gezogen, also gibt es nichts nachzuprüfen.',
  'giveaway.void.excluded': 'von Verlosungen ausgenommen',
  'giveaway.void.gone': 'Daten gelöscht',
  'giveaway.void.unclaimed': 'nicht rechtzeitig geantwortet',
  'giveaway.void.rerolled': 'von einem Admin ersetzt',
  'giveaway.void.role': 'hatte die verlangte Rolle nicht',
}
