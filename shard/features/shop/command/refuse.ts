import { UserError } from '../../../../cluster/runtime/errors.ts'
import type { Say } from '../../language.ts'
import { minutesFor } from '../rules.ts'
import { at, pointsOf } from '../view/parts.ts'
import type { Hindrance } from './buy.ts'

/** Why somebody cannot buy something, and what to do: thrown, except for what was sold out, where a button helps. */
export function refuse(say: Say, hindrance: Exclude<Hindrance, { kind: 'sold_out' }>): never {
  switch (hindrance.kind) {
    case 'no_link':
      throw new UserError('no_link', say('shop:error.no_link'))
    case 'gone':
      throw new UserError('gone', say('shop:error.gone'))
    case 'early':
      throw new UserError('early', say('shop:error.early', { when: at(hindrance.from) }))
    case 'over':
      throw new UserError('over', say('shop:error.over'))
    case 'role':
      throw new UserError('role', say('shop:error.role', { role: `<@&${hindrance.roleId}>` }))
    case 'limit': {
      const values = { count: hindrance.limit }
      throw new UserError(
        'limit',
        hindrance.freeAt === null
          ? say('shop:error.limit', values)
          : say('shop:error.limit_until', { ...values, when: at(hindrance.freeAt) }),
      )
    }
    case 'no_raffle':
      throw new UserError('no_raffle', say('shop:error.no_raffle'))
    case 'too_few':
      throw new UserError('too_few', tooFew(say, hindrance))
  }
}

function tooFew(say: Say, p: Hindrance & { kind: 'too_few' }): string {
  const missing = p.price - p.balance
  const minutes = minutesFor(missing, p.rate)
  const values = {
    balance: pointsOf(say, p.balance),
    price: pointsOf(say, p.price),
    missing: say.number(missing),
  }
  return minutes === undefined
    ? say('shop:error.too_few', values)
    : say('shop:error.too_few_time', { ...values, time: say.duration(minutes) })
}
