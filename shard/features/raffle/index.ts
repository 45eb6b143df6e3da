import { defineFeature } from '../feature.ts'
import { fairChat, promoChat, ticketsChat } from './chat.ts'
import { baselineButton } from './command/hand.ts'
import { endButton, keepButton } from './command/life.ts'
import { raffleCommand } from './command/raffle.ts'
import { boardButton, tickets } from './command/tickets.ts'
import { onLeaderboardPost, onStartPeriod, onTicketsAdjusted } from './dashboard/manage.ts'
import { onAnimationComplete, onAnnounceWinner } from './dashboard/show.ts'
import { onDrawAsked, onRerollAsked } from './dashboard.ts'
import { howToEarn } from './earning.ts'
import { drawJob, onDraw } from './job/draw.ts'
import { onShow, showJob } from './job/told.ts'
import { closeJob, countJob, onBoard, onClose, onCount, onOpen, openJob } from './job.ts'
import { payDrawn, payDrawnChat, payStuck } from './outbox/draw.ts'
import { payAnnounce, payBoard } from './outbox.ts'
import { award, awardForMinutes, onTick, revoke } from './tick.ts'

/** Raffles: times in which viewers gather tickets, who has how many, and the lists from which winners are drawn. */
export const raffleFeature = defineFeature({
  name: 'raffle',
  commands: [tickets, raffleCommand],
  buttons: { board: boardButton, end: endButton, keep: keepButton, baseline: baselineButton },
  chat: { tickets: ticketsChat, raffle: promoChat, fair: fairChat, pf: fairChat },
  ticks: { raffle: onTick },
  jobs: {
    [openJob]: onOpen,
    [closeJob]: onClose,
    [countJob]: onCount,
    [drawJob]: onDraw,
    [showJob]: onShow,
    'raffle.board': onBoard,
  },
  outbox: {
    'raffle.announce': payAnnounce,
    'raffle.board': payBoard,
    'raffle.drawn': payDrawn,
    'raffle.drawn_chat': payDrawnChat,
    'raffle.stuck': payStuck,
  },
  dashboard: {
    'raffle.draw': onDrawAsked,
    'raffle.reroll': onRerollAsked,
    'raffle.animation_complete': onAnimationComplete,
    'raffle.announce_winner': onAnnounceWinner,
    'raffle.leaderboard_post': onLeaderboardPost,
    'raffle.start_period': onStartPeriod,
    'mgmt.adjust': onTicketsAdjusted,
  },
  earning: howToEarn,
})

/** What other rooms may call; `award` is the only way to give tickets for what happened elsewhere, `revoke` takes those of a purchase back. */
export const raffle = { award, awardForMinutes, revoke }
