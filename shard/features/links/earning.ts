import type { Earning } from '../feature.ts'

export const howToEarn: Earning = async (_guildId, say) => [say('links:earning')]
