import { channelOf, openOverrides } from '../../../sql/queries/channel.ts'
import { readSettingsOf } from '../../../sql/queries/settings.ts'
import type { Earning } from '../feature.ts'
import { earningLines } from './view.ts'

/** Minutes: where to write, for how long a message counts, and whether it counts at all. */
export const howToEarn: Earning = async (guildId, say, { sql }) => {
  const [channel, overrides, values] = await Promise.all([
    channelOf(sql, guildId),
    openOverrides(sql, guildId),
    readSettingsOf(sql, guildId, [
      'active_window_seconds',
      'min_message_length',
      'repeated_message_minutes',
      'daily_cap_minutes',
    ]),
  ])
  return earningLines(say, {
    name: channel?.displayName,
    modes: overrides.map(({ mode }) => mode),
    seconds: values.active_window_seconds,
    letters: values.min_message_length,
    repeatMinutes: values.repeated_message_minutes,
    capMinutes: values.daily_cap_minutes,
  })
}
