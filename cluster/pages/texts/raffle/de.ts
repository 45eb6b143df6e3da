import type { RaffleTranslation } from '../raffle.ts'

export const de: RaffleTranslation = {
  'raffle.list.title': 'Verlosungen von {{server}}',
  'raffle.list.lead': 'Jede Verlosung mit ihren Gewinnern und allem, was man braucht, um sie nachzuprüfen.',
  'raffle.list.none': 'Hier gab es noch keine Verlosung.',
  'raffle.title': 'Verlosung {{number}}',
  'raffle.on': 'Von {{server}}',
  'raffle.all': 'Alle Verlosungen dieses Servers',
  'raffle.active': 'Läuft',
  'raffle.closed': 'Geschlossen, noch nicht gezogen',
  'raffle.drawn': 'Gezogen',
  'raffle.prize': 'Preis',
  'raffle.begins': 'Beginn',
  'raffle.ends': 'Ende',
  'raffle.when_closed': 'Geschlossen',
  'raffle.when_drawn': 'Zuerst gezogen',
  'raffle.entries': 'Einträge',
  'raffle.tickets': 'Lose',
  'raffle.commitment': 'Festlegung (Fingerabdruck des Startwerts)',
  'raffle.seed': 'Startwert',
  'raffle.seed.secret': 'geheim bis zur Ziehung',
  'raffle.list_hash': 'Hash der Liste (ihr Fingerabdruck)',
  'raffle.round': 'Zufallsrunde',
  'raffle.round.at': '{{round}} von drand, um {{time}}',
  'raffle.randomness': 'Zufallswert',
  'raffle.randomness.waits': 'noch niemandem bekannt',
  'raffle.randomness.message':
    'Die Runde kam nicht innerhalb einer Stunde; an ihre Stelle tritt die Ankündigung des Schließens: Nachricht {{id}}',
  'raffle.signature': 'Signatur',
  'raffle.compare': 'Die Runde bei drand nachsehen',
  'raffle.winners': 'Gewinner',
  'raffle.winners.none': 'Es wurde noch niemand gezogen.',
  'raffle.winner': 'Gewinner',
  'raffle.entry': 'Eintrag',
  'raffle.chance': 'Chance',
  'raffle.ticket': 'Gewinnlos',
  'raffle.ticket.of': '{{ticket}} von {{total}}',
  'raffle.unnamed': 'bleibt ungenannt',
  'raffle.valid': 'gültig',
  'raffle.void': 'ungültig: {{reason}}',
  'raffle.state': 'Stand',
  'raffle.verify.title': 'Selbst nachprüfen',
  'raffle.verify.lead':
    'Dein Browser rechnet alles neu aus, nach denselben Regeln wie der Bot. Vergleiche Festlegung und Hash der Liste mit dem, was vor der Ziehung in Discord angekündigt wurde.',
  'raffle.verify.button': 'In meinem Browser prüfen',
  'raffle.verify.no_script':
    'Dafür muss der Browser Skripte ausführen. Alle Zahlen gibt es auch als JSON, für ein eigenes Programm.',
  'raffle.verify.running': 'Rechnet …',
  'raffle.verify.good': 'Alles stimmt: {{count}} Prüfungen.',
  'raffle.verify.early':
    'Was man bis jetzt prüfen kann, stimmt: {{count}} Prüfungen. Die Gewinner folgen mit der Ziehung.',
  'raffle.verify.bad': 'Das stimmt nicht. Etwas wurde geändert, nachdem es veröffentlicht war.',
  'raffle.verify.failed': 'Die Zahlen konnten nicht geladen werden. Versuche es in einer Minute noch einmal.',
  'raffle.verify.insecure': 'Browser berechnen Hashes nur auf Seiten, die mit https geöffnet wurden.',
  'raffle.verify.differs': 'veröffentlicht {{expected}}, berechnet {{found}}',
  'raffle.check.list': 'Die Liste hat den Hash, der beim Schließen der Verlosung veröffentlicht wurde.',
  'raffle.check.seed': 'Der Startwert ist der, auf den der Bot sich beim Öffnen festgelegt hat.',
  'raffle.check.round': 'Die Zufallsrunde kam, nachdem die Liste geschlossen war.',
  'raffle.check.randomness': 'Der Zufallswert ist der Hash der Signatur von drand.',
  'raffle.check.winner': 'Gewinner {{number}} ist der, den Startwert, Liste und Zufallswert ergeben.',
  'raffle.check.entry': 'Der Eintrag von Gewinner {{number}} gehört dem Konto, das genannt ist.',
  'raffle.frozen.title': 'Die Liste',
  'raffle.frozen.lead':
    'Hier wird niemand genannt; wer teilnimmt, erfährt den eigenen Eintrag mit {{command}} in Discord.',
  'raffle.frozen.more': 'Die ersten {{count}} Einträge; im JSON stehen alle.',
  'raffle.frozen.yours': 'Eintrag {{entry}} ist Nummer {{position}} der Liste, mit {{tickets}} Losen.',
  'raffle.frozen.unknown': 'Eintrag {{entry}} steht nicht in dieser Liste.',
  'raffle.how.title': 'Wie gezogen wird',
  'raffle.how.seed':
    'Bevor eine Verlosung beginnt, entsteht ein geheimer Startwert (Seed): 32 zufällige Bytes, geschrieben als 64 hexadezimale Ziffern in Kleinbuchstaben. Die Festlegung ist SHA-256 über diese 64 Zeichen als Text und wird beim Öffnen veröffentlicht.',
  'raffle.how.list':
    'Wenn die Verlosung schließt, wird die Liste eingefroren: ein Eintrag für jede Person mit Losen. Die Kennung eines Eintrags sind die ersten 40 hexadezimalen Ziffern von SHA-256 über den Text {{formula}}. Das Salz (salt) ist zufällig und gehört nur zu diesem Eintrag; die Person (person) ist die Nutzer-ID bei Kick, oder discord: gefolgt von der Discord-ID.',
  'raffle.how.hash':
    'Die Liste wird als JSON ohne Leerzeichen geschrieben, {{formula}}, sortiert nach der Kennung, Zeichen für Zeichen. Der Hash der Liste ist SHA-256 über diesen Text.',
  'raffle.how.round':
    'Im selben Augenblick wird eine Runde des öffentlichen Zufalls von drand festgelegt, auf der Kette {{chain}}, die erst später kommt. Ihr Zufallswert (randomness) ist SHA-256 über die Bytes ihrer Signatur. Ist sie eine Stunde lang nicht zu bekommen, tritt die ID der Nachricht an ihre Stelle, die das Schließen angekündigt hat.',
  'raffle.how.public':
    'Der öffentliche Startwert ist der Text {{formula}}, wobei period die Nummer der Verlosung ist; mit der Nachricht lautet er {{fallback}}.',
  'raffle.how.roll':
    'Gewinner werden mit einer Nonce von 0 an gezählt. T ist die Zahl der Lose aller, die noch übrig sind. HMAC-SHA-256 wird mit den 64 Zeichen des Startwerts als Schlüssel über den Text {{formula}} berechnet, mit einem Zähler (counter) von 0 an. Die ersten 16 hexadezimalen Ziffern des Ergebnisses werden als Zahl v gelesen. Liegt v nicht unter dem größten Vielfachen von T, das höchstens 2^64 ist, wächst der Zähler um eins und es wird neu gerechnet; sonst ist das Gewinnlos v modulo T, plus 1.',
  'raffle.how.winner':
    'Lose werden von 1 an die Liste entlang gezählt, ohne diejenigen, die mit einer kleineren Nonce gezogen wurden. Wer das Gewinnlos hält, gewinnt.',
  'raffle.how.void':
    'Wird ein Gewinner für ungültig erklärt, entscheidet die nächste Nonce. Niemand wählt aus, und wer gezogen wurde, wird nicht noch einmal gezogen. Ungültige Ziehungen bleiben mit ihrem Grund auf dieser Seite stehen.',
  'raffle.json': 'Alle Zahlen als JSON',
  'raffle.before.title': 'Ziehungen des früheren Bots',
  'raffle.before.lead':
    'Diese Gewinner hat der Bot gezogen, der vorher hier war. Seine Formel lässt sich noch nachrechnen: Aus dem Startwert, der Zahl der Lose und Einträge und der Verlosung folgt, welches Los gewonnen hat.',
  'raffle.before.cannot':
    'Mehr kann niemand mehr zeigen: Keine Liste wurde eingefroren, also muss man glauben, wer welches Los hatte. Wo kein Fingerabdruck des Startwerts von vor der Ziehung aufbewahrt wurde, könnte er auch nachträglich gewählt worden sein.',
  'raffle.before.draw': 'Ziehung {{number}}',
  'raffle.before.client': 'Öffentlicher Startwert',
  'raffle.before.nonce': 'Zähler',
  'raffle.before.hash': 'Nachweis',
  'raffle.before.no_commitment': 'keiner von vor der Ziehung',
  'raffle.before.no_proof': 'Zu dieser Ziehung hat der frühere Bot keinen hinterlassen.',
  'raffle.before.how':
    'Dein Browser berechnet SHA-256 über den Text {{formula}}. Die ersten 16 Hexadezimalziffern davon, als Zahl gelesen, modulo der Zahl der Lose, plus 1, sind das Gewinnlos.',
  'raffle.check.v1_seed': 'Ziehung {{number}}: Der Startwert hat den Fingerabdruck, der von vorher aufbewahrt wurde.',
  'raffle.check.v1_hash':
    'Ziehung {{number}}: Der Nachweis ist der Hash von Startwert, öffentlichem Startwert und Zähler.',
  'raffle.check.v1_ticket': 'Ziehung {{number}}: Das Gewinnlos folgt aus dem Nachweis.',
}
