import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const fr: Translation<typeof en> = {
  'missing.title': 'Des rôles d’avant que je ne trouve pas',
  'missing.text_one':
    'Le bot précédent donnait le rôle {{names}} pour le temps de visionnage, et je ne trouve aucun rôle de ce nom. Créez-le et il fonctionnera tout seul, ou choisissez-en un autre avec `/roles add`.',
  'missing.text_other':
    'Le bot précédent donnait les rôles {{names}} pour le temps de visionnage, et je ne trouve aucun rôle de ces noms. Créez-les et ils fonctionneront tout seuls, ou choisissez-en d’autres avec `/roles add`.',
}
