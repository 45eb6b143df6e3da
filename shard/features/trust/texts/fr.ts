import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const fr: Translation<typeof en> = {
  'command.why': 'Pourquoi vous avez ces minutes, ces points et ces rôles',
  'command.why.member': 'Quelqu’un d’autre ; pour qui gère le serveur',
  'command.privacy': 'Si vous figurez sur les classements, et ce qui est conservé sur vous',
  'command.privacy.hide': 'Ne figurer sur aucun classement de ce serveur',
  'command.privacy.show': 'Figurer de nouveau sur les classements',
  'command.privacy.status': 'Ce qui est conservé ici sur vous, et combien de temps',
  'command.data': 'Obtenir une copie de vos données de ce serveur, ou les effacer',
  'command.data.export': 'Obtenir tout ce qui est conservé ici sur vous, en fichier',
  'command.data.erase': 'Tout effacer sur vous ici ; demande d’abord',
  'why.title': 'Pourquoi {{name}} a ce total',
  'why.minutes': '⏱️ **{{time}}** au total',
  'why.rule_one': 'Un message compte pour {{count}} seconde pendant le direct.',
  'why.rule_other': 'Un message compte pour {{count}} secondes pendant le direct.',
  'why.stream': '• {{when}} : {{minutes}} min comptées sur {{present}}',
  'why.old_stream': '• {{when}} : {{minutes}} min comptées',
  'why.uncounted_one': '{{count}} minute des {{days}} derniers jours n’a pas compté : {{reasons}}.',
  'why.uncounted_other': '{{count}} minutes des {{days}} derniers jours n’ont pas compté : {{reasons}}.',
  'why.cap_one':
    '{{count}} d’entre elles dépassait la limite du jour (à présent {{cap}} par jour) et ne sera pas payée plus tard.',
  'why.cap_other':
    '{{count}} d’entre elles dépassaient la limite du jour (à présent {{cap}} par jour) et ne seront pas payées plus tard.',
  'why.reason_offline': 'le stream était hors ligne, ou elles datent d’à l’instant',
  'why.reason_excluded': 'un admin a exclu ce compte',
  'why.reason_tracking': 'le suivi est désactivé',
  'why.points': '🪙 **{{points}}** = {{awarded}} pour le visionnage {{sign}} {{others}} autrement',
  'why.rate_one': 'Cinq minutes valent maintenant {{count}} point ; {{carried}} min vont vers le suivant.',
  'why.rate_other': 'Cinq minutes valent maintenant {{count}} points ; {{carried}} min vont vers les suivants.',
  'why.ledger': '• {{when}} : {{delta}} ({{kind}}{{reason}})',
  'why.blocked': '⚠️ Je ne peux pas encore donner {{role}} ; les admins savent pourquoi.',
  'error.manager': 'Seul qui gère le serveur peut demander pour autrui ; laissez le membre vide pour vous-même.',
  hidden:
    '✅ Vous ne figurez plus sur les classements de ce serveur. Vous continuez à gagner ; `/privacy show` vous y remet.',
  shown: '✅ Vous figurez de nouveau sur les classements de ce serveur.',
  'privacy.title': 'Ce qui est conservé ici sur vous',
  'privacy.account': 'Votre compte Kick **{{name}}**, lié {{when}}.',
  'privacy.no_account': 'Aucun compte Kick : rien de ce qui est gagné sur Kick n’est connu comme vôtre.',
  'privacy.rows':
    'Les minutes où vous avez écrit dans le chat (jamais quoi), vos minutes et points et leur origine, vos rôles venant de moi.',
  'privacy.boards_yes': 'Les classements vous montrent. `/privacy hide` change cela.',
  'privacy.boards_no': 'Les classements ne vous montrent pas.',
  'privacy.yours':
    '`/data export` vous en donne une copie, `/data erase` l’efface. Si l’on me retire d’un serveur, tout disparaît après {{days}} jours.',
  'export.here': 'Tout ce qui est conservé sur vous dans ce serveur. Le fichier est pour vous seul.',
  'erase.question':
    'Cela efface pour toujours votre lien, vos minutes, points et séries de ce serveur ; personne ne peut les rétablir. Les rôles que je vous ai donnés restent jusqu’à ce qu’on les retire. Dois-je le faire ?',
  'erase.yes': 'Tout effacer',
  'erase.no': 'Conserver',
  'erase.done': 'Fait : plus rien n’est conservé ici sur vous. Qui se lie ou discute plus tard repart de zéro.',
  'erase.kept': 'Rien n’a été effacé.',
  'erase.other': 'Cette question est pour quelqu’un d’autre.',
}
