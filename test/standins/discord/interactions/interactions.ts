import { largestFile } from '../cdn.ts'
import type { Core } from '../core.ts'
import type { JsonObject } from '../json.ts'
import { channelPermissions, everyoneDefaults } from '../world/permissions.ts'
import type { Channel, Guild, Message, User } from '../world/types.ts'
import { channelWire, memberWire, userWire } from '../world/wire.ts'
import { Interaction, InteractionType, tokenLastsMs } from './interaction.ts'

export interface InteractionRequest {
  type: number
  user: User
  guild: Guild | null
  channel: Channel
  name?: string
  data: JsonObject
  source?: Message | null
  locale?: string
}

/** Makes interactions, sends them to the bot, and finds them again by their token. */
export class Interactions {
  readonly #core: Core
  readonly #byToken = new Map<string, Interaction>()

  constructor(core: Core) {
    this.#core = core
  }

  begin(request: InteractionRequest): Interaction {
    const { ids, clock, signal, world } = this.#core
    const interaction = new Interaction(
      {
        id: ids.next(),
        token: ids.secret(96),
        type: request.type,
        createdAt: clock.now(),
        user: request.user,
        locale: request.locale ?? request.user.locale,
        guild: request.guild,
        channel: request.channel,
        name: request.name ?? null,
        source: request.source ?? null,
      },
      signal,
    )
    this.#forgetOld()
    this.#byToken.set(interaction.token, interaction)
    world.emit({
      event: 'INTERACTION_CREATE',
      data: this.#wire(interaction, request),
      guildId: request.guild?.id ?? null,
    })
    return interaction
  }

  find(token: string): Interaction | undefined {
    return this.#byToken.get(token)
  }

  /** Tokens are kept for twice their life, so that late use is told from unknown tokens. */
  #forgetOld(): void {
    for (const [token, interaction] of this.#byToken) {
      if (this.#core.clock.now() - interaction.createdAt < 2 * tokenLastsMs) return
      this.#byToken.delete(token)
    }
  }

  #wire(interaction: Interaction, request: InteractionRequest): JsonObject {
    const { world, clock } = this.#core
    const { guild, channel, user } = request
    const now = clock.now()
    const member = guild?.member(user.id)
    const bits = guild && member ? channelPermissions(guild, member, channel, now) : everyoneDefaults
    const botBits = guild ? channelPermissions(guild, guild.botMember, channel, now) : everyoneDefaults
    const channelData = { ...channelWire(channel, user), permissions: guild ? String(bits) : undefined }
    return {
      id: interaction.id,
      application_id: world.applicationId,
      type: interaction.type,
      token: interaction.token,
      version: 1,
      guild_id: guild?.id,
      guild: guild ? { id: guild.id, locale: guild.locale, features: [] } : undefined,
      guild_locale: guild?.locale,
      channel_id: channel.id,
      channel: channelData,
      member: member ? { ...memberWire(member), permissions: String(bits) } : undefined,
      user: member ? undefined : userWire(user),
      app_permissions: String(botBits),
      locale: interaction.locale,
      context: guild ? 0 : 1,
      authorizing_integration_owners: guild ? { '0': guild.id } : { '0': '0' },
      entitlements: [],
      attachment_size_limit: largestFile,
      data: request.data,
      message:
        request.source && request.type !== InteractionType.Command ? world.messages.wire(request.source) : undefined,
    }
  }
}
