import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const es: Translation<typeof en> = {
  'command.exclude': 'Excluir a espectadores de minutos, puntos, tablas o sorteos',
  'command.exclude.add': 'Excluir a alguien, como un bot de chat',
  'command.exclude.remove': 'Dejar que alguien vuelva a participar',
  'command.exclude.list': 'Mostrar quién está excluido de qué',
  'command.exclude.from': 'De qué; de todo si se omite',
  'command.exclude.reason': 'Por qué; lo leen los demás administradores',
  'choice.time': 'tiempo de visionado',
  'choice.points': 'puntos',
  'choice.boards': 'tablas',
  'choice.raffles': 'sorteos',
  added: '**{{name}}** queda excluido desde ahora: {{kinds}}. Lo ganado antes se conserva.',
  removed: '**{{name}}** vuelve a participar: {{kinds}}.',
  was_so: '**{{name}}** ya está excluido de eso; nada ha cambiado.',
  was_not: '**{{name}}** no está excluido de eso; nada ha cambiado.',
  title: 'Excluidos',
  nobody: 'Nadie está excluido. El streamer y yo nunca ganamos nada.',
}
