/** What the pages of giveaways say in other words than those of raffles. */
export const en = {
  'giveaway.list.title': 'Giveaways of {{server}}',
  'giveaway.list.lead': 'Every giveaway with its winners, and with everything that is needed to check them.',
  'giveaway.list.none': 'There has been no giveaway here yet.',
  'giveaway.title': 'Giveaway {{number}}',
  'giveaway.all': 'All giveaways of this server',
  'giveaway.check.list': 'The list has the hash that was published when it was frozen.',
  'giveaway.check.seed': 'The seed is the one that was committed to when the giveaway began.',
  'giveaway.frozen.lead':
    'Nobody is named here; whoever takes part learns their own entry by the button “How it was drawn” in Discord.',
  'giveaway.how.seed':
    'Before a giveaway begins, a secret seed is made: 32 random bytes, written as 64 lower-case hexadecimal digits. The commitment is SHA-256 over these 64 characters as text, and stands below the giveaway in Discord from its beginning.',
  'giveaway.how.list':
    'When no more entries are taken, the list is frozen: one entry for each person. The id of an entry is the first 40 hexadecimal digits of SHA-256 over the text {{formula}}. The salt is random and belongs to this entry alone; the person is the Kick user id, or discord: followed by the Discord id.',
  'giveaway.how.public':
    'The public seed is the text {{formula}}, where period is the number of the giveaway; with the message it is {{fallback}}.',
  'giveaway.how.void':
    'If somebody who was drawn may not win, does not answer in time or is replaced, the next nonce decides. Nobody chooses, and whoever was drawn is not drawn again. Such rolls stay on this page, with their reason.',
  'giveaway.told':
    'The dashboard of this server named the winners. The bot did not draw them, so there is nothing to check.',
  'giveaway.void.excluded': 'left out of raffles',
  'giveaway.void.gone': 'data erased',
  'giveaway.void.unclaimed': 'did not answer in time',
  'giveaway.void.rerolled': 'replaced by an admin',
  'giveaway.void.role': 'did not have the role that was asked for',
} as const
