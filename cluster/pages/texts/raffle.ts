import { de } from './raffle/de.ts'
import { en } from './raffle/en.ts'
import { es } from './raffle/es.ts'
import { fr } from './raffle/fr.ts'
import { pt } from './raffle/pt.ts'
import { tr } from './raffle/tr.ts'

export type RaffleTranslation = { readonly [Key in keyof typeof en]: string }

export const raffleTexts = { en, de, es, fr, pt, tr }
