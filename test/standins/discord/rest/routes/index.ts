import { channelRoutes } from './channels.ts'
import { commandRoutes } from './commands.ts'
import { gatewayRoutes } from './gateway.ts'
import { guildRoutes } from './guilds.ts'
import { messageRoutes } from './messages.ts'
import { roleRoutes } from './roles.ts'
import { userRoutes } from './users.ts'
import { webhookRoutes } from './webhooks.ts'

/** Everything the stand-in answers; anything else is 404 with code 0, and a violation in the ledger. */
export const routes = [
  ...gatewayRoutes,
  ...userRoutes,
  ...commandRoutes,
  ...webhookRoutes,
  ...messageRoutes,
  ...channelRoutes,
  ...roleRoutes,
  ...guildRoutes,
]
