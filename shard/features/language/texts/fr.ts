import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const fr: Translation<typeof en> = {
  minutes: '{{minutes}} min',
  hours: '{{hours}} h',
  hours_and_minutes: '{{hours}} h {{minutes}} min',
  and_more_one: '… et {{count}} de plus',
  and_more_other: '… et {{count}} de plus',
  points_one: '{{count}} point',
  points_other: '{{count}} points',
  'refused.unknown_command': 'Cette commande n’existe plus ; Discord l’oubliera bientôt.',
  'refused.server_only': 'Cette commande ne fonctionne que sur un serveur ; veuillez l’utiliser là-bas.',
  'refused.permission': 'Cette commande demande la permission « {{permission}} ».',
  'refused.old_button': 'Cela ne fonctionne plus.',
  'refused.other_server': 'Cela appartient à un autre serveur ; veuillez l’utiliser là-bas.',
  'permission.Administrator': 'Administrateur',
  'permission.ManageGuild': 'Gérer le serveur',
  'permission.ManageRoles': 'Gérer les rôles',
  'fault.timeout':
    'Cela a pris trop de temps et n’a peut-être pas eu lieu ; c’est noté sous {{reference}}. Veuillez vérifier avant de réessayer.',
  'fault.unavailable':
    'Discord ou notre base de données ne répond pas en ce moment ; c’est noté sous {{reference}}. Veuillez réessayer dans une minute.',
  'fault.undelivered': 'C’est fait, mais la réponse n’a pas pu être affichée ; c’est noté sous {{reference}}.',
  'fault.failed': 'Quelque chose s’est mal passé ; c’est noté sous {{reference}}. Veuillez réessayer dans une minute.',
  'refused.not_served': 'Je ne sers qu’un autre serveur et ne peux rien faire ici.',
  'viewer.name': 'Son nom sur Kick',
  'viewer.member': 'Le membre, si son compte Kick est lié',
  'viewer.whom': 'Veuillez dire de qui il s’agit : soit un nom Kick, soit un membre.',
  'viewer.no_link': '{{member}} n’a pas lié de compte Kick ici ; veuillez donner le nom Kick à la place.',
  'viewer.bad_name': 'Ce n’est pas un nom Kick ; veuillez l’écrire comme dans le chat, sans espaces.',
  'error.no_change': 'Veuillez dire ce qui doit changer : donnez au moins une des autres options.',
  'panel.posted': '✅ Le panneau est dans {{channel}}.',
  'panel.cannot_post':
    'Je ne peux pas publier dans {{channel}} ; donnez-m’y le droit de voir le salon, d’envoyer des messages et d’intégrer des liens.',
  'viewer.managed_name': 'Un nom Kick, lié ou non ; pour qui gère ce serveur',
  'viewer.managed_only':
    'Seules les personnes ayant la permission « {{permission}} » peuvent demander par nom Kick ; veuillez indiquer un membre.',
}
