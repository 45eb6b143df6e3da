import type { Area } from './frame.ts'
import { guildTables } from './guilds.ts'
import { graph, guildTable } from './panels.ts'
import { perMinute, usualAndSlow } from './promql.ts'

/** Something that happens now and then, counted for a minute. */
const counted = (title: string, description: string, metric: string, by: string) =>
  graph({
    title,
    description,
    unit: 'short',
    queries: [
      {
        expr: perMinute(metric, by),
        legend: by
          .split(', ')
          .map((label) => `{{${label}}}`)
          .join(': '),
      },
    ],
    stacked: true,
  })

export const product: Area = {
  name: 'product',
  title: 'what members do',
  description:
    'Minutes, points, roles, raffles, shop and games, summed up over all servers; and the servers with most of something.',
  asksDatabase: true,
  rows: [
    {
      title: 'Watch time, points and roles',
      panels: [
        graph({
          title: 'Minutes that are credited, a minute',
          description:
            'Viewer minutes that were credited in a minute: how many people watch and earn. Normal: the course of the day.',
          unit: 'short',
          queries: [{ expr: perMinute('bot_watchtime_credited_minutes_total'), legend: 'minutes' }],
        }),
        graph({
          title: 'Points that are paid, a minute',
          description: 'Points for watched minutes. Normal: follows the minutes, times what servers pay.',
          unit: 'short',
          queries: [{ expr: perMinute('bot_points_awarded_total'), legend: 'points' }],
        }),
        counted(
          'Roles, a minute',
          'Roles for watch time that were given or taken, and those that could not be. Normal: mostly done; blocked where the bot stands below a role.',
          'bot_roles_changed_total',
          'direction, outcome',
        ),
        counted(
          'Commands in stream chat, a minute',
          'Commands of ours that viewers typed and that were answered. Normal: follows the chat.',
          'bot_chat_commands_total',
          'command',
        ),
        graph({
          title: 'Presence that is folded, a minute',
          description:
            'Rows of presence, a viewer and an hour each, that became totals of days after 36 days. Normal: what came in 36 days ago.',
          unit: 'short',
          queries: [{ expr: perMinute('bot_watchtime_folded_rows_total'), legend: 'rows' }],
        }),
        guildTable(guildTables.watching),
      ],
    },
    {
      title: 'Raffles and giveaways',
      panels: [
        counted(
          'Tickets, a minute',
          'Tickets that were given, by what they were given for. Normal: watch time leads while raffles run.',
          'bot_raffle_tickets_total',
          'source',
        ),
        counted(
          'Awards of tickets, a minute',
          'Awards that other rooms asked for, by what became of them. Normal: awarded; without a raffle or a link they are recorded and worth nothing.',
          'bot_raffle_awards_total',
          'source, outcome',
        ),
        counted(
          'Raffles that open and close, a minute',
          'Raffles by what happened to them. Normal: few, mostly at full hours and days.',
          'bot_raffle_periods_total',
          'transition',
        ),
        counted(
          'Winners, a minute',
          'Winners that were drawn, and draws that were declared void. Normal: few, hardly any void.',
          'bot_raffle_draws_total',
          'outcome',
        ),
        graph({
          title: 'Balances of tickets that were set right',
          description:
            'Balances that were not the sum of their ledger. Normal: none, unless somebody wrote past the bot.',
          unit: 'short',
          queries: [{ expr: perMinute('bot_raffle_balances_corrected_total'), legend: 'corrected' }],
          bad: 1,
          runbooks: ['books-do-not-balance'],
        }),
        counted(
          'Public randomness, a minute',
          'Rounds of drand that were asked for, by what became of it. Normal: fetched at once or at the second try.',
          'bot_randomness_fetches_total',
          'outcome',
        ),
        graph({
          title: 'How late randomness is',
          description:
            'From the moment at which a round was due to the moment at which we kept it; draws wait for it. Normal: below 5 s.',
          unit: 's',
          queries: usualAndSlow('bot_randomness_late_seconds'),
          warn: 60,
        }),
        counted(
          'Entries in giveaways, a minute',
          'Entries that were new or grew, by the way they came. Normal: bursts when a giveaway begins.',
          'bot_giveaways_entries_total',
          'method',
        ),
        counted(
          'Rolls for winners of giveaways, a minute',
          'Rolls by what became of them. Normal: few, most of them won.',
          'bot_giveaways_rolls_total',
          'outcome',
        ),
        guildTable(guildTables.raffles),
      ],
    },
    {
      title: 'Shop, gifts and wagers',
      panels: [
        counted(
          'Purchases, a minute',
          'Purchases that members confirmed, by what became of them. Normal: bought; too_few and sold_out in passing.',
          'bot_shop_purchases_total',
          'outcome',
        ),
        counted(
          'Orders that end, a minute',
          'Orders that admins completed or refunded. Normal: follows the purchases by hours.',
          'bot_shop_orders_ended_total',
          'outcome',
        ),
        counted(
          'Messages of shops, a minute',
          'Changes that the message of a shop had to show. Normal: one a minute for each busy shop.',
          'bot_shop_fronts_total',
          'outcome',
        ),
        counted(
          'Gifts and subscriptions, a minute',
          'Gifts of subscriptions and subscriptions that were recorded, by what they brought. Normal: awarded or unlinked.',
          'bot_gifts_recorded_total',
          'kind, outcome',
        ),
        counted(
          'Questions to affiliate platforms, a minute',
          'Questions by platform and by what became of them. Normal: recorded and unchanged.',
          'bot_wagers_polls_total',
          'platform, outcome',
        ),
        graph({
          title: 'Time of a question to a platform',
          description: 'From the claim of a campaign to the commit of what its answer changed. Normal: below 3 s.',
          unit: 's',
          queries: usualAndSlow('bot_wagers_poll_duration_seconds', 'platform'),
          warn: 10,
        }),
        counted(
          'Wagers that grow, a minute',
          'Growths of what accounts have wagered, each once for each server that counts it. Normal: follows the questions.',
          'bot_wagers_growths_total',
          'platform',
        ),
        guildTable(guildTables.orders),
      ],
    },
    {
      title: 'Games and clips',
      panels: [
        counted(
          'Calls for slots, a minute',
          'Lines of chat that asked for a slot, by what became of them. Normal: taken; closed and cooldown in passing.',
          'bot_slots_calls_total',
          'outcome',
        ),
        counted(
          'Picks of slots, a minute',
          'Requests that were picked, by whether the pick won something. Normal: a few an evening for each server.',
          'bot_slots_picks_total',
          'outcome',
        ),
        counted(
          'Guesses, a minute',
          'Lines of chat that guessed an amount, by what became of them. Normal: bursts while a round is open.',
          'bot_balance_guesses_total',
          'outcome',
        ),
        counted(
          'Wishes for clips, a minute',
          'Clips that viewers asked for, by what was done about it. Normal: asked, or within the cooldown.',
          'bot_clips_wishes_total',
          'outcome',
        ),
        counted(
          'Calls to clip services, a minute',
          'What clip services were asked for, and what they answered. Normal: ok.',
          'bot_clips_calls_total',
          'call, outcome',
        ),
      ],
    },
  ],
}
