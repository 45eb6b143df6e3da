import type { RaffleTranslation } from '../raffle.ts'

export const fr: RaffleTranslation = {
  'raffle.list.title': 'Tirages de {{server}}',
  'raffle.list.lead': 'Chaque tirage avec ses gagnants, et tout ce qu’il faut pour les vérifier.',
  'raffle.list.none': 'Il n’y a pas encore eu de tirage ici.',
  'raffle.title': 'Tirage {{number}}',
  'raffle.on': 'De {{server}}',
  'raffle.all': 'Tous les tirages de ce serveur',
  'raffle.active': 'En cours',
  'raffle.closed': 'Clos, gagnants à venir',
  'raffle.drawn': 'Gagnants désignés',
  'raffle.prize': 'Lot',
  'raffle.begins': 'Début',
  'raffle.ends': 'Fin',
  'raffle.when_closed': 'Clos',
  'raffle.when_drawn': 'Première désignation',
  'raffle.entries': 'Participations',
  'raffle.tickets': 'Tickets',
  'raffle.commitment': 'Engagement (empreinte de la graine)',
  'raffle.seed': 'Graine',
  'raffle.seed.secret': 'secrète jusqu’à la désignation',
  'raffle.list_hash': 'Hachage de la liste (son empreinte)',
  'raffle.round': 'Tour de hasard',
  'raffle.round.at': '{{round}} de drand, à {{time}}',
  'raffle.randomness': 'Valeur aléatoire',
  'raffle.randomness.waits': 'personne ne la connaît encore',
  'raffle.randomness.message':
    'Le tour n’est pas venu en une heure ; l’annonce de la clôture le remplace : message {{id}}',
  'raffle.signature': 'Signature drand',
  'raffle.compare': 'Consulter ce tour chez drand',
  'raffle.winners': 'Gagnants',
  'raffle.winners.none': 'Personne n’a encore été désigné.',
  'raffle.winner': 'Gagnant',
  'raffle.entry': 'Participation',
  'raffle.chance': 'Probabilité',
  'raffle.ticket': 'Ticket gagnant',
  'raffle.ticket.of': '{{ticket}} sur {{total}}',
  'raffle.unnamed': 'préfère ne pas être nommé',
  'raffle.valid': 'valable',
  'raffle.void': 'annulé : {{reason}}',
  'raffle.state': 'État',
  'raffle.verify.title': 'Vérifiez par vous-même',
  'raffle.verify.lead':
    'Votre navigateur recalcule tout, selon les mêmes règles que le bot. Comparez l’engagement et le hachage de la liste avec ce qui a été annoncé sur Discord avant la désignation.',
  'raffle.verify.button': 'Vérifier dans mon navigateur',
  'raffle.verify.no_script':
    'Pour cela, le navigateur doit exécuter des scripts. Tous les nombres existent aussi en JSON, pour un programme à vous.',
  'raffle.verify.running': 'Calcul en cours …',
  'raffle.verify.good': 'Tout est exact : {{count}} vérifications.',
  'raffle.verify.early':
    'Ce qui peut déjà être vérifié est exact : {{count}} vérifications. Les gagnants suivront avec la désignation.',
  'raffle.verify.bad': 'Ceci n’est pas exact. Quelque chose a été modifié après sa publication.',
  'raffle.verify.failed': 'Les nombres n’ont pas pu être chargés. Réessayez dans une minute.',
  'raffle.verify.insecure': 'Les navigateurs ne calculent de hachages que sur des pages ouvertes en https.',
  'raffle.verify.differs': 'publié {{expected}}, calculé {{found}}',
  'raffle.check.list': 'La liste a le hachage publié à la clôture du tirage.',
  'raffle.check.seed': 'La graine est celle sur laquelle le bot s’est engagé à l’ouverture.',
  'raffle.check.round': 'Le tour de hasard est venu après la clôture de la liste.',
  'raffle.check.randomness': 'La valeur aléatoire est le hachage de la signature de drand.',
  'raffle.check.winner': 'Le gagnant {{number}} est celui que donnent la graine, la liste et le hasard.',
  'raffle.check.entry': 'La participation du gagnant {{number}} appartient au compte nommé.',
  'raffle.frozen.title': 'La liste',
  'raffle.frozen.lead':
    'Personne n’est nommé ici ; chaque participant apprend sa propre participation avec {{command}} sur Discord.',
  'raffle.frozen.more': 'Les {{count}} premières participations ; le JSON les contient toutes.',
  'raffle.frozen.yours': 'La participation {{entry}} est la numéro {{position}} de la liste, avec {{tickets}} tickets.',
  'raffle.frozen.unknown': 'La participation {{entry}} n’est pas dans cette liste.',
  'raffle.how.title': 'Comment les gagnants sont désignés',
  'raffle.how.seed':
    'Avant l’ouverture d’un tirage, une graine secrète (seed) est créée : 32 octets aléatoires, écrits en 64 chiffres hexadécimaux minuscules. L’engagement est le SHA-256 de ces 64 caractères pris comme texte ; il est publié à l’ouverture.',
  'raffle.how.list':
    'À la clôture, la liste est figée : une participation pour chaque personne qui a des tickets. L’identifiant d’une participation est formé des 40 premiers chiffres hexadécimaux du SHA-256 du texte {{formula}}. Le sel (salt) est aléatoire et n’appartient qu’à cette participation ; la personne (person) est l’identifiant d’utilisateur Kick, ou discord: suivi de l’identifiant Discord.',
  'raffle.how.hash':
    'La liste est écrite en JSON sans espaces, {{formula}}, triée par identifiant, caractère par caractère. Le hachage de la liste est le SHA-256 de ce texte.',
  'raffle.how.round':
    'Au même moment est fixé un tour du hasard public de drand, sur la chaîne {{chain}}, qui ne vient que plus tard. Sa valeur aléatoire (randomness) est le SHA-256 des octets de sa signature. S’il reste introuvable pendant une heure, l’identifiant du message qui a annoncé la clôture le remplace.',
  'raffle.how.public':
    'La graine publique est le texte {{formula}}, où period est le numéro du tirage ; avec le message, c’est {{fallback}}.',
  'raffle.how.roll':
    'Les gagnants sont comptés par un nonce à partir de 0. T est le nombre de tickets de tous ceux qui restent. On calcule HMAC-SHA-256 avec les 64 caractères de la graine comme clé sur le texte {{formula}}, avec un compteur (counter) à partir de 0. Les 16 premiers chiffres hexadécimaux du résultat sont lus comme un nombre v. Si v n’est pas inférieur au plus grand multiple de T qui ne dépasse pas 2^64, le compteur augmente de un et le calcul recommence ; sinon le ticket gagnant est v modulo T, plus 1.',
  'raffle.how.winner':
    'Les tickets sont comptés à partir de 1 le long de la liste, sans ceux qui ont été désignés avec un nonce plus petit. Qui détient le ticket gagnant gagne.',
  'raffle.how.void':
    'Si un gagnant est annulé, le nonce suivant décide. Personne ne choisit, et qui a été désigné ne l’est plus. Les désignations annulées restent sur cette page avec leur motif.',
  'raffle.json': 'Tous les nombres en JSON',
  'raffle.before.title': 'Tirages du bot précédent',
  'raffle.before.lead':
    'Ces gagnants ont été tirés par le bot qui était ici auparavant. Sa formule peut encore être calculée : la graine, le nombre de tickets et d’entrées et le tirage donnent le ticket gagnant.',
  'raffle.before.cannot':
    'Personne ne peut en montrer davantage : aucune liste n’a été figée, il faut donc croire qui avait quel ticket. Là où aucune empreinte de la graine n’a été gardée d’avant le tirage, la graine a aussi pu être choisie après coup.',
  'raffle.before.draw': 'Tirage {{number}}',
  'raffle.before.client': 'Graine publique',
  'raffle.before.nonce': 'Compteur',
  'raffle.before.hash': 'Preuve',
  'raffle.before.no_commitment': 'aucune d’avant le tirage',
  'raffle.before.no_proof': 'Le bot précédent n’en a laissé aucune pour ce tirage.',
  'raffle.before.how':
    'Votre navigateur calcule SHA-256 sur le texte {{formula}}. Ses 16 premiers chiffres hexadécimaux, lus comme un nombre, modulo le nombre de tickets, plus 1, donnent le ticket gagnant.',
  'raffle.check.v1_seed': 'Tirage {{number}} : la graine a l’empreinte gardée d’avant.',
  'raffle.check.v1_hash':
    'Tirage {{number}} : la preuve est le hachage de la graine, de la graine publique et du compteur.',
  'raffle.check.v1_ticket': 'Tirage {{number}} : le ticket gagnant découle de la preuve.',
}
