import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const es: Translation<typeof en> = {
  command: 'Hacer que los minutos cuenten más o menos puntos',
  'command.add': 'Empezar una hora feliz, ahora o más tarde',
  'command.end': 'Terminarla y anular las previstas',
  'command.show': 'Mostrar lo que está en curso y lo previsto',
  'command.percent': 'Cuánto cuenta un minuto: 200 es el doble, 50 la mitad, 0 nada',
  'command.minutes': 'Durante cuántos minutos',
  'command.in': 'En cuántos minutos empieza; ya si se omite',
  'command.global': 'Cuánto cuenta cada minuto desde ahora; 100 es lo normal',
  'command.role': 'Cuánto cuentan desde ahora los minutos de quien tiene un rol',
  'command.role.role': 'De varios roles vale el que más cuenta',
  'command.subscriber': 'Cuánto cuentan desde ahora los minutos de los suscriptores del canal',
  'command.standing': '200 es el doble, 50 la mitad, 0 nada; 100 lo quita',
  title: 'Cuánto cuentan los minutos para los puntos',
  'line.global': '🌍 **{{percent}} %** para todos, desde {{when}}',
  'line.role': '🏷️ **{{percent}} %** con {{role}}, desde {{when}}',
  'line.subscriber': '⭐ **{{percent}} %** para suscriptores del canal, desde {{when}}',
  'line.happy': '⏰ **{{percent}} %** de {{from}} a {{to}}',
  none: 'No hay nada fijado, en curso ni previsto: cada minuto cuenta como uno.',
  ended: 'Se acabó; los minutos conservan lo que contaron hasta ahora.',
  rule: 'Un minuto cuenta **todos × rol × suscriptor × hora feliz**, cada uno 100 % donde no hay nada fijado. De varios roles vale el más alto. El producto se recorta a un porcentaje entero, una vez, al final.',
  example:
    'Por ejemplo {{global}} % × {{role}} % × {{subscriber}} % × {{happy}} % = **{{product}} %**. Se pagan bloques enteros de cinco minutos así; el resto se guarda.',
  subscribers:
    'Es suscriptor aquel de quien Kick me ha avisado, hasta que acabe esa suscripción, o quien escribió con la insignia en el último día.',
  deaf: '⚠️ No se me avisa de cambios en los roles de los miembros (el operador no ha activado el intent de miembros). Los roles que doy yo son exactos; de cualquier otro solo me entero cuando su miembro usa uno de mis comandos o botones.',
  set: 'Desde el próximo minuto esto cuenta **{{percent}} %** en vez de {{before}} %. Lo visto antes conserva su valor.',
  unchanged: 'Ya cuenta **{{percent}} %**; nada ha cambiado.',
  now: 'Tus minutos cuentan ahora **{{product}} %**: {{factors}}.',
  'now.global': 'todos {{percent}} %',
  'now.role': 'rol {{percent}} %',
  'now.subscriber': 'suscriptor {{percent}} %',
  'now.happy': 'hora feliz {{percent}} % hasta {{when}}',
  'error.overlap':
    'Eso se solaparía con otra hora feliz; `/multiplier show` las muestra y `/multiplier end` las termina.',
  'error.full': 'Ya hay {{most}} roles que cuentan distinto; quita uno antes con `/multiplier role` y 100.',
  'error.everybody': 'Eso son todos; usa `/multiplier global` para ello.',
}
