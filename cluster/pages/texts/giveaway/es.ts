import type { GiveawayTranslation } from '../giveaway.ts'

export const es: GiveawayTranslation = {
  'giveaway.list.title': 'Sorteos de {{server}}',
  'giveaway.list.lead': 'Cada sorteo con sus ganadores y con todo lo necesario para comprobarlos.',
  'giveaway.list.none': 'Aquí todavía no ha habido ningún sorteo.',
  'giveaway.title': 'Sorteo {{number}}',
  'giveaway.all': 'Todos los sorteos de este servidor',
  'giveaway.check.list': 'La lista tiene el hash que se publicó al congelarla.',
  'giveaway.check.seed': 'La semilla es la que se comprometió al empezar el sorteo.',
  'giveaway.frozen.lead':
    'Aquí no se nombra a nadie; quien participa ve su propia participación con el botón «Cómo se sorteó» en Discord.',
  'giveaway.how.seed':
    'Antes de empezar un sorteo se crea una semilla secreta (seed): 32 bytes al azar, escritos como 64 cifras hexadecimales en minúsculas. El compromiso es SHA-256 de esos 64 caracteres como texto, y está debajo del sorteo en Discord desde el principio.',
  'giveaway.how.list':
    'Cuando ya no se aceptan participaciones se congela la lista: una entrada por persona. El id de una entrada son las primeras 40 cifras hexadecimales de SHA-256 del texto {{formula}}. La sal (salt) es aleatoria y solo pertenece a esa entrada; la persona (person) es el id de usuario de Kick, o discord: seguido del id de Discord.',
  'giveaway.how.public':
    'La semilla pública es el texto {{formula}}, donde period es el número del sorteo; con el mensaje es {{fallback}}.',
  'giveaway.how.void':
    'Si quien salió no puede ganar, no responde a tiempo o es sustituido, decide el siguiente nonce. Nadie elige, y quien ya salió no vuelve a salir. Esas tiradas quedan en esta página con su motivo.',
  'giveaway.told':
    'El panel web de este servidor nombró a los ganadores. El bot no los sorteó, así que no hay nada que comprobar.',
  'giveaway.void.excluded': 'excluido de los sorteos',
  'giveaway.void.gone': 'datos borrados',
  'giveaway.void.unclaimed': 'no respondió a tiempo',
  'giveaway.void.rerolled': 'sustituido por un admin',
  'giveaway.void.role': 'no tenía el rol exigido',
}
