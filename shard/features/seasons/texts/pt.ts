import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const pt: Translation<typeof en> = {
  'command.season': 'Temporadas: um período com nome e classificações próprias',
  'command.start': 'Começar uma temporada agora; para quem gerencia o servidor',
  'command.start.name': 'Como ela se chama',
  'command.start.ends': 'O último dia dela, como 2026-12-31; se vazio, você a encerra',
  'command.end': 'Encerrar a temporada em andamento; pergunta antes',
  'command.list': 'Todas as temporadas deste servidor',
  'command.show': 'As classificações de uma temporada',
  'command.show.season': 'Qual; a mais recente, se vazio',
  'command.show.what': 'Tempo assistido, se vazio',
  title: 'Temporadas',
  none: 'Ainda não houve nenhuma temporada; um admin começa uma com `/season start`.',
  empty: 'Ninguém assistiu nesta temporada.',
  over: '{{from}} a {{to}}',
  open: 'desde {{from}}',
  until: '{{from}} até {{to}}',
  viewers_one: '{{count}} espectador(a)',
  viewers_other: '{{count}} espectadores',
  started:
    '▶️ **{{name}}** começou: {{time}}. A classificação dela está no `/leaderboard` com o período desta temporada; totais e cargos continuam como antes.',
  channel: 'Quando acabar, escrevo o resultado em {{channel}}.',
  no_channel: 'Quando acabar, guardo o resultado; escolha um canal para ele com `/settings set` e `{{key}}`.',
  'end.question':
    'Isso encerra **{{name}}** agora e guarda as classificações como estão. Ninguém pode desfazer nem acrescentar nada. Devo encerrar?',
  'end.yes': 'Encerrar a temporada',
  'end.no': 'Deixar continuar',
  ended: '🏁 **{{name}}** acabou. `/season show` mostra as classificações.',
  kept: 'A temporada continua.',
  result: '🏁 A temporada {{name}} acabou',
  'error.name': 'Uma temporada precisa de um nome de 1 a {{max}} caracteres.',
  'error.not_a_day':
    'Informe o último dia como ano-mês-dia, por exemplo `2026-12-31`, ou deixe vazio para encerrá-la você mesmo.',
  'error.past': 'Esse dia já passou; informe hoje ou um dia posterior.',
  'error.too_far': 'Isso está longe demais; informe um dia dentro dos próximos {{days}} dias ou deixe vazio.',
  'error.running':
    '**{{name}}** está em andamento, e só existe uma temporada por vez. Encerre-a antes com `/season end`.',
  'error.no_season': 'Nenhuma temporada está em andamento; comece uma com `/season start`.',
  'error.unknown': 'Essa temporada não existe aqui; `/season list` mostra as que existem.',
}
