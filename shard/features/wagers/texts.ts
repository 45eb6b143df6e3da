import type { InAllLanguages } from '../language.ts'
import { de } from './texts/de.ts'
import { en } from './texts/en.ts'
import { es } from './texts/es.ts'
import { fr } from './texts/fr.ts'
import { pt } from './texts/pt.ts'
import { tr } from './texts/tr.ts'

export const wagersTexts: InAllLanguages<typeof en> = { en, de, es, fr, pt, tr }
