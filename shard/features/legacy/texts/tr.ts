import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const tr: Translation<typeof en> = {
  'missing.title': 'Önceki bottan kalan ve bulamadığım roller',
  'missing.text_one':
    'Önceki bot izleme süresi için {{names}} rolünü veriyordu; bu adda bir rol bulamıyorum. Rolü oluşturursan kendiliğinden geçerli olur, istersen `/roles add` ile başka bir rol seç.',
  'missing.text_other':
    'Önceki bot izleme süresi için {{names}} rollerini veriyordu; bu adlarda rol bulamıyorum. Rolleri oluşturursan kendiliğinden geçerli olurlar, istersen `/roles add` ile başkalarını seç.',
}
