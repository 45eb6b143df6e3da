import { userId } from '../../../cluster/runtime/ids.ts'
import { dropExpiredClaims } from '../../../sql/queries/wagerlinks.ts'
import type { JobHandler } from '../feature.ts'

export const expireJob = 'wagers.expire'

/** A claim is forgotten by the job of its platform and member. */
export const expireRef = (platform: string, member: string): string => `${platform}:${member}`

/** Forgets claims that nobody has decided in time, so that nobody keeps an account by claiming it. */
export const onExpire: JobHandler = async (jobs, db) => {
  const claims = jobs.map(({ guildId, ref }) => {
    const [platform = '', member = ''] = ref.split(':')
    return { guildId, platform, member: userId(member) }
  })
  await dropExpiredClaims(db, {
    guildIds: claims.map((claim) => claim.guildId),
    platforms: claims.map((claim) => claim.platform),
    userIds: claims.map((claim) => claim.member),
  })
}
