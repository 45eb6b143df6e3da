import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const es: Translation<typeof en> = {
  'command.season': 'Temporadas: un tiempo con nombre y clasificaciones propias',
  'command.start': 'Empezar ahora una temporada; para quien gestiona el servidor',
  'command.start.name': 'Cómo se llama',
  'command.start.ends': 'Su último día, como 2026-12-31; si lo dejas vacío, la terminas tú',
  'command.end': 'Terminar la temporada en curso; pregunta antes',
  'command.list': 'Todas las temporadas de este servidor',
  'command.show': 'Las clasificaciones de una temporada',
  'command.show.season': 'Cuál; la más reciente si lo dejas vacío',
  'command.show.what': 'Tiempo de visionado si lo dejas vacío',
  title: 'Temporadas',
  none: 'Todavía no ha habido ninguna temporada; un administrador la empieza con `/season start`.',
  empty: 'Nadie ha visto nada en esta temporada.',
  over: 'del {{from}} al {{to}}',
  open: 'desde el {{from}}',
  until: 'del {{from}} hasta el {{to}}',
  viewers_one: '{{count}} espectador',
  viewers_other: '{{count}} espectadores',
  started:
    '▶️ **{{name}}** ha empezado: {{time}}. Su clasificación está en `/leaderboard` con el periodo de esta temporada; los totales y los roles siguen como antes.',
  channel: 'Cuando termine, escribiré el resultado en {{channel}}.',
  no_channel: 'Cuando termine, guardaré el resultado; elige un canal para él con `/settings set` y `{{key}}`.',
  'end.question':
    'Esto termina **{{name}}** ahora y guarda sus clasificaciones tal como están. Nadie puede deshacerlo ni añadirles nada. ¿Lo hago?',
  'end.yes': 'Terminar la temporada',
  'end.no': 'Dejarla seguir',
  ended: '🏁 **{{name}}** ha terminado. `/season show` muestra sus clasificaciones.',
  kept: 'La temporada sigue.',
  result: '🏁 La temporada {{name}} ha terminado',
  'error.name': 'Una temporada necesita un nombre de 1 a {{max}} caracteres.',
  'error.not_a_day':
    'Indica su último día como año-mes-día, por ejemplo `2026-12-31`, o déjalo vacío para terminarla tú.',
  'error.past': 'Ese día ya ha pasado; indica hoy o uno posterior.',
  'error.too_far': 'Eso queda demasiado lejos; indica un día dentro de los próximos {{days}} días o déjalo vacío.',
  'error.running':
    '**{{name}}** está en curso y solo puede haber una temporada a la vez. Termínala antes con `/season end`.',
  'error.no_season': 'No hay ninguna temporada en curso; empieza una con `/season start`.',
  'error.unknown': 'Aquí no existe esa temporada; `/season list` muestra las que hay.',
}
