import type { Db } from '../client.ts'

export interface RegistrationClaim {
  readonly wantedHash: string
  readonly registeredHash: string
}

/**
 * Claims the right to tell Discord which commands there are, for half a minute, when they are others than those it was told
 * or were not looked at for `checkSeconds`. Gives what was written down last, or nothing when there is nothing to do
 * or somebody else is at it.
 */
export const claimRegistration = (
  db: Db,
  asked: { readonly applicationId: string; readonly wantedHash: string; readonly checkSeconds: number },
) => db<RegistrationClaim[]>`
  insert into command_registration as r (application_id, claimed_until)
  values (${asked.applicationId}::bigint, now() + interval '30 seconds')
  on conflict (application_id) do update
     set claimed_until = excluded.claimed_until
   where r.claimed_until < now()
     and (r.wanted_hash <> ${asked.wantedHash} or r.checked_at < now() - make_interval(secs => ${asked.checkSeconds}))
  returning r.wanted_hash, r.registered_hash`

/** Writes down what Discord knows now and lets go of the claim. Safe to repeat. */
export const finishRegistration = (
  db: Db,
  done: { readonly applicationId: string; readonly wantedHash: string; readonly registeredHash: string },
) => db`
  update command_registration r
     set wanted_hash = ${done.wantedHash},
         registered_hash = ${done.registeredHash},
         checked_at = now(),
         claimed_until = '-infinity'
   where r.application_id = ${done.applicationId}::bigint`

/** Whether Discord was told these commands last. */
export const isRegistered = (db: Db, asked: { readonly applicationId: string; readonly wantedHash: string }) => db<
  { isRegistered: boolean }[]
>`
  select r.wanted_hash = ${asked.wantedHash} as is_registered
    from command_registration r
   where r.application_id = ${asked.applicationId}::bigint`
