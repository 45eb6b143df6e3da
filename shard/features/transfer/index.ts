import { defineFeature } from '../feature.ts'
import { cancel, confirm, forgetKind } from './command/import.ts'
import { server } from './command/server.ts'
import { forget } from './job.ts'

/** All data of a server, out of the bot and into it. */
export const transfer = defineFeature({
  name: 'transfer',
  commands: [server],
  buttons: { yes: confirm, no: cancel },
  jobs: { [forgetKind]: forget },
})
