import { defineFeature } from '../feature.ts'
import { linkChat } from './chat.ts'
import { link, unlink } from './command/account.ts'
import { no, yes } from './command/confirm.ts'
import { payConfirm, payFailed, payResult } from './outbox.ts'

export { adoptLinks, type Link, linkedViewers, linkOf, memberOf } from '../../../sql/queries/links.ts'
export { stateOf, urlValueOf } from './rules.ts'
export { noLinkView } from './view.ts'

/** Which Kick account belongs to which member: proved at Kick, confirmed in Discord, kept by guild. */
export const links = defineFeature({
  name: 'links',
  commands: [link, unlink],
  buttons: { yes, no },
  chat: { link: linkChat },
  outbox: { 'links.confirm': payConfirm, 'links.result': payResult, 'links.failed': payFailed },
})
