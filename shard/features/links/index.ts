import { defineFeature } from '../feature.ts'
import { payUnpanel } from '../panel.ts'
import { linkChat } from './chat.ts'
import { link, panelButton, unlink } from './command/account.ts'
import { no, yes } from './command/confirm.ts'
import { forceButton, links as linksCommand } from './command/links.ts'
import { forceLink, unlinkMember } from './command/make.ts'
import { linkpanel } from './command/panel.ts'
import { onForced, onPanel, onRemoved } from './dashboard.ts'
import { howToEarn } from './earning.ts'
import { memberJoined, memberLeft } from './event.ts'
import { onRun, onWipe } from './job.ts'
import {
  owePanel,
  payConfirm,
  payFailed,
  payForce,
  payLog,
  payPanel,
  payProgress,
  payResult,
  payWipe,
} from './outbox.ts'

export { adoptLinks, type Link, linkedViewers, linkOf, memberOf } from '../../../sql/queries/links.ts'
export { stateOf, urlValueOf } from './rules.ts'
export { noLinkView } from './view.ts'

/** Which Kick account belongs to which member: proved at Kick, confirmed in Discord, kept by guild. */
export const linksFeature = defineFeature({
  name: 'links',
  earning: howToEarn,
  commands: [link, unlink, linksCommand, linkpanel],
  buttons: { yes, no, force: forceButton, panel: panelButton },
  chat: { link: linkChat },
  gateway: { memberJoined, memberLeft },
  jobs: { 'links.run': onRun, 'links.wipe': onWipe },
  outbox: {
    'links.confirm': payConfirm,
    'links.result': payResult,
    'links.failed': payFailed,
    'links.force': payForce,
    'links.log': payLog,
    'links.panel': payPanel,
    'links.unpanel': payUnpanel,
    'links.progress': payProgress,
    'links.wipe': payWipe,
  },
  dashboard: { 'panel.post': onPanel, 'link.forced': onForced, 'link.removed': onRemoved },
})

/** What other rooms may call, in transactions of theirs. */
export const links = { force: forceLink, unlink: unlinkMember, owePanel }
