import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const de: Translation<typeof en> = {
  'missing.title': 'Frühere Rollen, die ich nicht finde',
  'missing.text_one':
    'Der frühere Bot gab für Zuschauzeit die Rolle {{names}}, und ich finde keine mit diesem Namen. Lege sie an, dann gilt sie von selbst, oder wähle mit `/roles add` eine andere.',
  'missing.text_other':
    'Der frühere Bot gab für Zuschauzeit die Rollen {{names}}, und ich finde keine mit diesen Namen. Lege sie an, dann gelten sie von selbst, oder wähle mit `/roles add` andere.',
}
