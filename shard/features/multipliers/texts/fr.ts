import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const fr: Translation<typeof en> = {
  command: 'Faire compter les minutes plus ou moins de points',
  'command.add': 'Lancer une happy hour, maintenant ou plus tard',
  'command.end': 'La terminer et annuler celles prévues',
  'command.show': 'Montrer ce qui est en cours et prévu',
  'command.percent': 'Combien compte une minute : 200 double, 50 moitié, 0 rien',
  'command.minutes': 'Pendant combien de minutes',
  'command.in': 'Dans combien de minutes ; tout de suite par défaut',
  'command.global': 'Combien compte chaque minute à partir de maintenant ; 100 est normal',
  'command.role': 'Combien comptent désormais les minutes des membres avec un rôle',
  'command.role.role': 'De plusieurs rôles, celui qui compte le plus l’emporte',
  'command.subscriber': 'Combien comptent désormais les minutes des abonnés de la chaîne',
  'command.standing': '200 double, 50 moitié, 0 rien ; 100 l’enlève',
  title: 'Ce que comptent les minutes pour les points',
  'line.global': '🌍 **{{percent}} %** pour tous, depuis {{when}}',
  'line.role': '🏷️ **{{percent}} %** avec {{role}}, depuis {{when}}',
  'line.subscriber': '⭐ **{{percent}} %** pour les abonnés de la chaîne, depuis {{when}}',
  'line.happy': '⏰ **{{percent}} %** de {{from}} à {{to}}',
  none: 'Rien n’est fixé, en cours ni prévu : chaque minute compte pour une.',
  ended: 'C’est terminé ; les minutes gardent ce qu’elles ont compté.',
  rule: 'Une minute compte **tous × rôle × abonné × happy hour**, 100 % chacun là où rien n’est fixé. De plusieurs rôles, le plus haut l’emporte. Le produit est coupé au pour cent entier, une fois, à la fin.',
  example:
    'Par exemple {{global}} % × {{role}} % × {{subscriber}} % × {{happy}} % = **{{product}} %**. Les blocs entiers de cinq minutes ainsi comptées sont payés ; le reste est gardé.',
  subscribers:
    'Est abonné celui que Kick m’a annoncé, jusqu’à la fin de cet abonnement, ou qui a écrit avec le badge au cours du dernier jour.',
  deaf: '⚠️ On ne m’annonce pas les changements de rôles des membres (l’opérateur n’a pas activé l’intent des membres). Les rôles que je donne sont exacts ; tout autre rôle, je ne l’apprends que lorsque son membre utilise une de mes commandes ou un de mes boutons.',
  set: 'Dès la prochaine minute, cela compte **{{percent}} %** au lieu de {{before}} %. Ce qui a été regardé avant garde sa valeur.',
  unchanged: 'Cela compte déjà **{{percent}} %** ; rien n’a changé.',
  now: 'Tes minutes comptent maintenant **{{product}} %** : {{factors}}.',
  'now.global': 'tous {{percent}} %',
  'now.role': 'rôle {{percent}} %',
  'now.subscriber': 'abonné {{percent}} %',
  'now.happy': 'happy hour {{percent}} % jusqu’à {{when}}',
  'error.overlap':
    'Cela chevaucherait une autre happy hour ; `/multiplier show` les montre et `/multiplier end` les termine.',
  'error.full': '{{most}} rôles comptent déjà autrement ; enlèves-en un d’abord avec `/multiplier role` et 100.',
  'error.everybody': 'C’est tout le monde ; utilise `/multiplier global` pour cela.',
}
