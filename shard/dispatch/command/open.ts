import { InteractionResponseType } from 'discord.js'
import { UserError } from '../../../cluster/runtime/errors.ts'
import type { Opening } from '../../features/feature.ts'
import type { Say } from '../../features/language.ts'
import { type Acknowledgement, acknowledge, type Deferrable, type FirstAnswer } from './acknowledge.ts'
import { asFirstAnswer, faultSentence, sentenceOf } from './answer.ts'
import { type Outcome, outcomeOfHandler, within } from './failure.ts'

/** What is left of Discord's three seconds for a handler whose answer is the first one. */
const openingLimitMs = 2_000

/**
 * Answers an interaction at once with a form, or with a message where there is no form to show. Whether we are the one who answers is
 * known only afterwards, so `show` must not have written anything. Never throws.
 */
export async function open(
  interaction: Deferrable,
  options: {
    readonly say: Say
    readonly place: 'update' | 'private'
    readonly limitMs: number
    show(): Promise<Opening>
    /** Notes a failure, and gives the reference under which it was noted. */
    failed(err: unknown, outcome: Outcome): string
  },
): Promise<{ readonly outcome: Outcome; readonly acknowledgement: Acknowledgement }> {
  const { say, place, failed } = options
  let outcome: Outcome = 'ok'
  let first: FirstAnswer
  try {
    const opening = await within(Math.min(openingLimitMs, options.limitMs), () => options.show())
    first =
      'modal' in opening
        ? { type: InteractionResponseType.Modal, data: opening.modal }
        : asFirstAnswer(interaction, opening.reply, place)
  } catch (err) {
    outcome = outcomeOfHandler(err)
    first = sentenceOf(err instanceof UserError ? err.message : faultSentence(say, outcome, failed(err, outcome)))
  }
  const acknowledgement = await acknowledge(interaction, first)
  if (acknowledgement.kind === 'taken') return { outcome, acknowledgement }
  if (acknowledgement.kind !== 'undelivered' || outcome !== 'ok')
    return { outcome: acknowledgement.kind, acknowledgement }
  // Once more in plain words, in case it was the form of the form that Discord did not like.
  const reference = failed(new Error(acknowledgement.reason), 'undelivered')
  await acknowledge(interaction, sentenceOf(faultSentence(say, 'failed', reference)))
  return { outcome: 'undelivered', acknowledgement }
}
