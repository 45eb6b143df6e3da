import type { GiveawayTranslation } from '../giveaway.ts'

export const pt: GiveawayTranslation = {
  'giveaway.list.title': 'Sorteios de {{server}}',
  'giveaway.list.lead': 'Cada sorteio com seus ganhadores e com tudo o que é preciso para conferi-los.',
  'giveaway.list.none': 'Ainda não houve nenhum sorteio aqui.',
  'giveaway.title': 'Sorteio {{number}}',
  'giveaway.all': 'Todos os sorteios deste servidor',
  'giveaway.check.list': 'A lista tem o hash que foi publicado quando ela foi congelada.',
  'giveaway.check.seed': 'A semente é aquela com que o bot se comprometeu no começo do sorteio.',
  'giveaway.frozen.lead':
    'Ninguém é citado aqui; quem participa vê a própria participação pelo botão “Como foi o sorteio” no Discord.',
  'giveaway.how.seed':
    'Antes de um sorteio começar, cria-se uma semente secreta (seed): 32 bytes aleatórios, escritos como 64 dígitos hexadecimais minúsculos. O compromisso é o SHA-256 desses 64 caracteres como texto, e fica abaixo do sorteio no Discord desde o começo.',
  'giveaway.how.list':
    'Quando não se aceitam mais participações, a lista é congelada: uma entrada por pessoa. O id de uma entrada são os primeiros 40 dígitos hexadecimais do SHA-256 do texto {{formula}}. O sal (salt) é aleatório e pertence só a essa entrada; a pessoa (person) é o id de usuário da Kick, ou discord: seguido do id do Discord.',
  'giveaway.how.public':
    'A semente pública é o texto {{formula}}, em que period é o número do sorteio; com a mensagem é {{fallback}}.',
  'giveaway.how.void':
    'Se quem foi sorteado não pode ganhar, não responde a tempo ou é substituído, o próximo nonce decide. Ninguém escolhe, e quem já foi sorteado não é sorteado de novo. Esses lances ficam nesta página com o motivo.',
  'giveaway.told':
    'O painel web deste servidor indicou os ganhadores. O bot não os sorteou, então não há nada para conferir.',
  'giveaway.void.excluded': 'excluído dos sorteios',
  'giveaway.void.gone': 'dados apagados',
  'giveaway.void.unclaimed': 'não respondeu a tempo',
  'giveaway.void.rerolled': 'substituído por um admin',
  'giveaway.void.role': 'não tinha o cargo exigido',
}
