import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const fr: Translation<typeof en> = {
  'command.link': 'Liez votre compte Kick pour que votre visionnage compte',
  'command.unlink': 'Retirer le lien entre un membre et son compte Kick',
  'command.unlink.member': 'De qui est le lien',
  'command.unlink.kick': 'Ou le nom Kick lié',
  'command.links': 'Gérer les liens entre les membres et les comptes Kick',
  'command.links.force': 'Lier un membre à un compte Kick sans connexion',
  'command.links.member': 'Le membre',
  'command.links.kick': 'Le nom Kick',
  'command.links.rename': 'Transférer ce qu’un spectateur a gagné à son nouveau nom Kick',
  'command.links.rename.old': 'L’ancien nom',
  'command.links.rename.new': 'Le nom actuel',
  'command.links.history': 'Ce que sont devenus les liens d’un membre ou d’un compte Kick',
  'command.links.who': 'À qui est ce compte Kick',
  'command.links.grant': 'Donner le rôle des membres liés à tous ceux à qui il manque',
  'command.linkpanel': 'Un message avec un bouton pour lier son compte',
  'command.linkpanel.post': 'Publier le panneau ou le déplacer',
  'command.linkpanel.channel': 'Où ; dans ce salon par défaut',
  'command.linkpanel.title': 'Son titre',
  'command.linkpanel.description': 'Son texte',
  'command.linkpanel.remove': 'Retirer le panneau',
  sign_in:
    'Connectez-vous à Kick pour montrer quel compte est le vôtre. Le bouton fonctionne une fois, pendant {{minutes}} minutes, et n’est que pour vous : ne le partagez pas. Ensuite, je vous demande ici si le compte est le bon.',
  'sign_in.button': 'Se connecter à Kick',
  already_linked:
    'Vous êtes lié à **{{name}}** sur Kick depuis {{when}}. Pour changer, demandez à quelqu’un qui gère ce serveur d’utiliser `/unlink` pour vous ; puis utilisez de nouveau `/link`.',
  in_server: 'dans **{{server}}**',
  'in_server.unnamed': 'dans le serveur',
  question:
    'Quelqu’un vient de se connecter à Kick en tant que **{{name}}** avec votre lien. Était-ce vous, et dois-je vous lier ce compte {{where}} ? Si vous ne le connaissez pas, appuyez sur Non.',
  'question.yes': 'Oui, lier',
  'question.no': 'Non',
  'outcome.linked': 'C’est fait : vous êtes lié à **{{name}}**.',
  'outcome.expired': 'Cette question est trop ancienne ou a déjà reçu une réponse. Utilisez de nouveau `/link`.',
  'outcome.account_has_another':
    '**{{name}}** est lié à un autre membre de ce serveur ; rien n’a été changé. S’il est à vous, demandez à quelqu’un qui gère le serveur d’utiliser `/unlink` pour ce membre ; puis utilisez de nouveau `/link`.',
  'outcome.member_has_another':
    'Vous êtes déjà lié à **{{name}}** dans ce serveur ; rien n’a été changé. Pour changer, demandez à quelqu’un qui gère le serveur d’utiliser `/unlink` pour vous ; puis utilisez de nouveau `/link`.',
  declined:
    'Rien n’a été lié. Si vous voulez lier un compte à vous, utilisez de nouveau `/link` et gardez le lien pour vous.',
  linked:
    '✅ Votre compte Kick **{{name}}** est lié {{where}}. Ce que vous gagnez dans le chat y compte pour vous ; `/me` le montre.',
  failed:
    'Votre compte Kick n’a pas été lié {{where}} : {{why}}. Utilisez-y de nouveau `/link` ; si cela échoue encore, prévenez quelqu’un qui gère le serveur.',
  'why.refused': 'vous ne l’avez pas autorisé sur Kick',
  'why.expired': 'la connexion a pris trop de temps',
  'why.kick_unavailable': 'Kick n’a pas répondu',
  'why.kick_refused': 'Kick n’a pas accepté la connexion',
  'why.unknown': 'la connexion à Kick a échoué',
  'no_link.own':
    'Vous n’avez pas encore lié votre compte Kick ici. Utilisez `/link` une fois, et tout ce que vous gagnez dans le chat s’affichera ici.',
  'no_link.other': 'Ce membre n’a pas encore lié de compte Kick ici ; il peut le faire avec `/link`.',
  'chat.linked': 'votre compte est déjà lié ; tapez /me sur notre Discord pour voir ce que vous avez.',
  'chat.not_linked': 'tapez /link sur notre Discord pour lier votre compte et recevoir vos rôles.',
  'error.not_addressed': 'Cette question s’adresse à quelqu’un d’autre.',
  'error.not_a_member': 'Vous n’êtes plus dans ce serveur ; rejoignez-le et utilisez-y `/link`.',
  'error.guild_gone': 'Je ne suis plus dans ce serveur, donc rien n’a été lié.',
  'error.which': 'Indiquez soit le membre, soit le nom Kick.',
  'error.name': '`{{name}}` n’est pas un nom Kick ; ils n’ont que des lettres, des chiffres, `_` et `-`.',
  'error.permission': 'Seules les personnes qui peuvent gérer ce serveur peuvent le faire.',
  'error.kick_away':
    'Kick ne répond pas pour l’instant, je n’ai donc pas pu chercher le compte ; réessayez dans une minute.',
  'error.unknown_account': 'Kick ne connaît aucun compte nommé **{{name}}** ; vérifiez l’orthographe.',
  'error.person': 'Seules des personnes membres de ce serveur peuvent être liées.',
  unlinked:
    '{{member}} n’est plus lié à **{{name}}**. Les minutes et les points restent au compte Kick, et le membre peut utiliser de nouveau `/link`.',
  not_linked: '{{member}} n’a aucun compte Kick lié dans ce serveur, il n’y a donc rien à délier.',
  name_not_linked: 'Personne dans ce serveur n’est lié à **{{name}}**.',
  'force.question':
    'Lier {{member}} à **{{name}}** sur Kick ? Cette personne n’a pas montré que le compte est à elle, soyez donc sûr de vous. Il sera noté que c’est vous.',
  'force.yes': 'Lier',
  'force.linked': '✅ {{member}} est lié à **{{name}}**.',
  'force.taken': '**{{name}}** est lié à {{member}} ; rien n’a été changé. Utilisez d’abord `/unlink` pour ce membre.',
  'force.has_another':
    '{{member}} est lié à **{{name}}** ; rien n’a été changé. Utilisez d’abord `/unlink` pour ce membre.',
  'rename.done': '✅ Ce que **{{old}}** a gagné appartient maintenant à **{{name}}**.',
  'rename.same': 'Les deux noms sont identiques, il n’y a donc rien à transférer.',
  'rename.two_accounts':
    '**{{old}}** et **{{name}}** sont deux comptes différents sur Kick, je ne les réunis donc pas.',
  'rename.two_links':
    '**{{old}}** est lié à {{one}} et **{{name}}** à {{other}} ; utilisez d’abord `/unlink` pour l’un des deux.',
  'who.linked': '**{{name}}** est lié à {{member}} depuis {{when}}.',
  'who.earlier': 'Noms précédents : {{names}}.',
  'history.title': 'Historique des liens',
  'history.none': 'Rien n’a encore été noté à ce sujet.',
  'event.linked': '{{member}} a lié **{{name}}**',
  'event.refused': '{{member}} n’a pas pu lier **{{name}}**',
  'event.unlinked': '{{member}} a été délié de **{{name}}**',
  'event.forced': '{{member}} a été lié à **{{name}}** par un admin',
  'event.renamed': '**{{old}}** s’appelle maintenant **{{name}}** sur Kick',
  'event.merged': '**{{old}}** a été réuni avec **{{name}}**',
  'event.nobody': 'Personne',
  'reason.account_has_another': 'le compte est lié à un autre membre',
  'reason.member_has_another': 'le membre a lié un autre compte',
  'reason.declined': 'le membre a dit non',
  'reason.left': 'le membre a quitté le serveur',
  'by.member': 'par {{who}}',
  'by.dashboard': 'depuis le tableau de bord',
  'by.bot': 'par le bot',
  'by.kick': 'd’après Kick',
  'panel.title': 'Liez votre compte Kick',
  'panel.description':
    'Appuyez sur le bouton et connectez-vous une fois à Kick. Dès lors, ce que vous gagnez dans le chat compte pour vous ici : minutes, points et rôles.',
  'panel.button': 'Lier mon compte Kick',
  'panel.removed': '✅ Le panneau est retiré.',
  'panel.none': 'Il n’y a pas de panneau ; publiez-en un avec `/linkpanel post`.',
  'panel.too_long': 'Le titre peut avoir {{title}} caractères et le texte {{description}}.',
  'grant.no_role':
    'Il n’y a pas encore de rôle pour les membres liés ; choisissez-en un avec `/settings set` et la clé `kick_linked_role_id`.',
  'grant.cannot':
    'Je ne peux pas donner {{role}} : il me faut le droit de gérer les rôles, et le rôle doit être sous le mien.',
  'grant.running': 'Je donne déjà le rôle ; son message montre où j’en suis.',
  'grant.begun':
    'Je donne {{role}} aux membres liés à qui il manque : {{waiting}} sur {{total}}. Je tiens ce message à jour.',
  'grant.progress': 'Attribution de {{role}} : {{waiting}} sur {{total}} attendent encore.',
  'grant.left': 'Encore environ {{time}}.',
  'grant.done':
    '✅ {{role}} : donné à {{granted}}, {{had}} l’avaient, {{absent}} ne sont pas dans le serveur, {{failed}} n’ont pas pu le recevoir.',
  earning: 'Liez votre compte Kick avec `/link`, pour que ce que vous gagnez soit aussi à vous dans Discord.',
}
