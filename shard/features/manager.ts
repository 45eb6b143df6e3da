import { PermissionFlagsBits, type PermissionsBitField } from 'discord.js'
import { UserError } from '../../cluster/runtime/errors.ts'
import type { Say } from './language.ts'

/** Refuses whoever may not manage the server: a button is seen by everybody, and asks each time it is pressed. */
export function requireManager(
  say: Say,
  { memberPermissions }: { readonly memberPermissions: Readonly<PermissionsBitField> | null },
): void {
  if (memberPermissions?.has(PermissionFlagsBits.ManageGuild)) return
  const permission = say('common:permission.ManageGuild')
  throw new UserError('permission', say('common:refused.permission', { permission }))
}
