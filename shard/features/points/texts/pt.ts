import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const pt: Translation<typeof en> = {
  'command.points': 'Quantos pontos você ou outro membro tem',
  'command.points.member': 'Outra pessoa; você se omitido',
  rank: 'posição {{rank}} de {{of}}',
  earned: 'Ganhos {{earned}} · gastos {{spent}}',
  paused: 'Os pontos estão pausados neste servidor.',
  worth: 'Cinco minutos assistidos valem {{points}}.',
  'chat.none': 'ainda sem pontos. Continue no chat durante a live e eles virão.',
  'chat.has': '{{points}}.',
  'chat.ranked': '{{points}}, posição {{rank}} de {{of}}.',
}
