import { erasePerson, forgetFingerprints } from '../../../sql/queries/trust.ts'
import { defineFeature } from '../feature.ts'
import { data, eraseButton, keepButton, privacy } from './command/data.ts'
import { why } from './command/why.ts'
import { gateway } from './event.ts'
import { onFingerprints, onForget } from './job.ts'

/** What members may know and decide about what is kept of them: why, privacy, a copy, and the end of it. */
export const trust = defineFeature({
  name: 'trust',
  commands: [why, privacy, data],
  buttons: { erase: eraseButton, keep: keepButton },
  gateway,
  jobs: { 'trust.forget': onForget, [forgetFingerprints]: onFingerprints },
  jobsOfLeft: ['trust.forget'],
})

/** What other rooms may call: erases a member of one guild, within their transaction. */
export const trustDoor = { erase: erasePerson }
