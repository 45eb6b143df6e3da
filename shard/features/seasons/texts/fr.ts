import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const fr: Translation<typeof en> = {
  'command.season': 'Saisons : une période avec un nom et ses propres classements',
  'command.start': 'Lancer une saison maintenant ; pour qui gère le serveur',
  'command.start.name': 'Son nom',
  'command.start.ends': 'Son dernier jour, comme 2026-12-31 ; si vide, vous la terminez vous-même',
  'command.end': 'Terminer la saison en cours ; demande d’abord',
  'command.list': 'Toutes les saisons de ce serveur',
  'command.show': 'Les classements d’une saison',
  'command.show.season': 'Laquelle ; la plus récente si vide',
  'command.show.what': 'Temps de visionnage si vide',
  title: 'Saisons',
  none: 'Il n’y a pas encore eu de saison ; un administrateur en lance une avec `/season start`.',
  empty: 'Personne n’a regardé pendant cette saison.',
  over: 'du {{from}} au {{to}}',
  open: 'depuis le {{from}}',
  until: 'du {{from}} jusqu’au {{to}}',
  viewers_one: '{{count}} spectateur',
  viewers_other: '{{count}} spectateurs',
  started:
    '▶️ **{{name}}** a commencé : {{time}}. Son classement est dans `/leaderboard` avec la période de cette saison ; les totaux et les rôles continuent comme avant.',
  channel: 'Quand elle sera finie, j’écrirai le résultat dans {{channel}}.',
  no_channel:
    'Quand elle sera finie, je garderai le résultat ; choisissez un salon pour lui avec `/settings set` et `{{key}}`.',
  'end.question':
    'Cela termine **{{name}}** maintenant et garde ses classements tels quels. Personne ne pourra l’annuler ni y ajouter quoi que ce soit. Dois-je le faire ?',
  'end.yes': 'Terminer la saison',
  'end.no': 'La laisser continuer',
  ended: '🏁 **{{name}}** est finie. `/season show` montre ses classements.',
  kept: 'La saison continue.',
  result: '🏁 La saison {{name}} est finie',
  'error.name': 'Une saison a besoin d’un nom de 1 à {{max}} caractères.',
  'error.not_a_day':
    'Indiquez son dernier jour sous la forme année-mois-jour, comme `2026-12-31`, ou laissez vide pour la terminer vous-même.',
  'error.past': 'Ce jour est déjà passé ; indiquez aujourd’hui ou un jour plus tard.',
  'error.too_far': 'C’est trop loin ; indiquez un jour dans les {{days}} prochains jours, ou laissez vide.',
  'error.running':
    '**{{name}}** est en cours, et il n’y a qu’une saison à la fois. Terminez-la d’abord avec `/season end`.',
  'error.no_season': 'Aucune saison n’est en cours ; lancez-en une avec `/season start`.',
  'error.unknown': 'Cette saison n’existe pas ici ; `/season list` montre celles qui existent.',
}
