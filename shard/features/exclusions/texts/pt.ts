import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const pt: Translation<typeof en> = {
  'command.exclude': 'Excluir espectadores de minutos, pontos, placares ou sorteios',
  'command.exclude.add': 'Excluir alguém, como um bot de chat',
  'command.exclude.remove': 'Deixar alguém participar de novo',
  'command.exclude.list': 'Mostrar quem está excluído de quê',
  'command.exclude.from': 'De quê; de tudo se nada for indicado',
  'command.exclude.reason': 'Por quê; os outros admins leem',
  'choice.time': 'tempo assistido',
  'choice.points': 'pontos',
  'choice.boards': 'placares',
  'choice.raffles': 'sorteios',
  added: '**{{name}}** está excluído a partir de agora: {{kinds}}. O que foi ganho antes permanece.',
  removed: '**{{name}}** volta a participar: {{kinds}}.',
  was_so: '**{{name}}** já está excluído disso; nada mudou.',
  was_not: '**{{name}}** não está excluído disso; nada mudou.',
  title: 'Excluídos',
  nobody: 'Ninguém está excluído. O streamer e eu nunca ganhamos nada.',
}
