import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const pt: Translation<typeof en> = {
  'missing.title': 'Cargos de antes que não encontro',
  'missing.text_one':
    'O bot anterior dava o cargo {{names}} por tempo de exibição, e não encontro nenhum com esse nome. Crie-o e ele passa a valer sozinho, ou escolha outro com `/roles add`.',
  'missing.text_other':
    'O bot anterior dava os cargos {{names}} por tempo de exibição, e não encontro nenhum com esses nomes. Crie-os e eles passam a valer sozinhos, ou escolha outros com `/roles add`.',
}
