import type { GiveawayTranslation } from '../giveaway.ts'

export const fr: GiveawayTranslation = {
  'giveaway.list.title': 'Concours de {{server}}',
  'giveaway.list.lead': 'Chaque concours avec ses gagnants, et tout ce qu’il faut pour les vérifier.',
  'giveaway.list.none': 'Il n’y a pas encore eu de concours ici.',
  'giveaway.title': 'Concours {{number}}',
  'giveaway.all': 'Tous les concours de ce serveur',
  'giveaway.check.list': 'La liste a le hachage publié quand elle a été figée.',
  'giveaway.check.seed': 'La graine est celle sur laquelle le bot s’est engagé au début du concours.',
  'giveaway.frozen.lead':
    'Personne n’est nommé ici ; chaque participant apprend sa propre participation avec le bouton « Comment on a tiré » sur Discord.',
  'giveaway.how.seed':
    'Avant le début d’un concours, une graine secrète (seed) est créée : 32 octets aléatoires, écrits en 64 chiffres hexadécimaux minuscules. L’engagement est le SHA-256 de ces 64 caractères pris comme texte ; il figure sous le concours sur Discord dès le début.',
  'giveaway.how.list':
    'Quand plus aucune participation n’est prise, la liste est figée : une entrée par personne. L’identifiant d’une entrée est formé des 40 premiers chiffres hexadécimaux du SHA-256 du texte {{formula}}. Le sel (salt) est aléatoire et n’appartient qu’à cette entrée ; la personne (person) est l’identifiant d’utilisateur Kick, ou discord: suivi de l’identifiant Discord.',
  'giveaway.how.public':
    'La graine publique est le texte {{formula}}, où period est le numéro du concours ; avec le message, c’est {{fallback}}.',
  'giveaway.how.void':
    'Si la personne tirée ne peut pas gagner, ne répond pas à temps ou est remplacée, le nonce suivant décide. Personne ne choisit, et qui a été tiré ne l’est plus. Ces tirages restent sur cette page avec leur motif.',
  'giveaway.told':
    'Le tableau de bord de ce serveur a nommé les gagnants. Le bot ne les a pas tirés : il n’y a rien à vérifier.',
  'giveaway.void.excluded': 'exclu des tirages',
  'giveaway.void.gone': 'données effacées',
  'giveaway.void.unclaimed': 'n’a pas répondu à temps',
  'giveaway.void.rerolled': 'remplacé par un admin',
  'giveaway.void.role': 'n’avait pas le rôle demandé',
}
