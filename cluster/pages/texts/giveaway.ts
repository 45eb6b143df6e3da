import { de } from './giveaway/de.ts'
import { en } from './giveaway/en.ts'
import { es } from './giveaway/es.ts'
import { fr } from './giveaway/fr.ts'
import { pt } from './giveaway/pt.ts'
import { tr } from './giveaway/tr.ts'

export type GiveawayTranslation = { readonly [Key in keyof typeof en]: string }

export const giveawayTexts = { en, de, es, fr, pt, tr }
