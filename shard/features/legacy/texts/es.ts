import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const es: Translation<typeof en> = {
  'missing.title': 'Roles de antes que no encuentro',
  'missing.text_one':
    'El bot anterior daba el rol {{names}} por tiempo de visionado, y no encuentro ninguno con ese nombre. Créalo y funcionará solo, o elige otro con `/roles add`.',
  'missing.text_other':
    'El bot anterior daba los roles {{names}} por tiempo de visionado, y no encuentro ninguno con esos nombres. Créalos y funcionarán solos, o elige otros con `/roles add`.',
}
