import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const es: Translation<typeof en> = {
  'command.link': 'Vincula tu cuenta de Kick para que cuente lo que ves',
  'command.unlink': 'Quitar el vínculo entre un miembro y su cuenta de Kick',
  'command.unlink.member': 'De quién es el vínculo',
  'command.unlink.kick': 'O el nombre de Kick vinculado',
  'command.links': 'Gestionar los vínculos entre miembros y cuentas de Kick',
  'command.links.force': 'Vincular un miembro a una cuenta de Kick sin que inicie sesión',
  'command.links.member': 'El miembro',
  'command.links.kick': 'El nombre de Kick',
  'command.links.rename': 'Pasar lo que ganó un espectador a su nuevo nombre de Kick',
  'command.links.rename.old': 'El nombre anterior',
  'command.links.rename.new': 'El nombre actual',
  'command.links.history': 'Qué pasó con los vínculos de un miembro o de una cuenta de Kick',
  'command.links.who': 'De quién es esta cuenta de Kick',
  'command.links.grant': 'Dar el rol de vinculados a todos los vinculados que no lo tienen',
  'command.linkpanel': 'Un mensaje con un botón para vincularse',
  'command.linkpanel.post': 'Publicar el panel o moverlo',
  'command.linkpanel.channel': 'Dónde; si se omite, en este canal',
  'command.linkpanel.title': 'Su título',
  'command.linkpanel.description': 'Su texto',
  'command.linkpanel.remove': 'Quitar el panel',
  sign_in:
    'Inicia sesión en Kick para mostrar qué cuenta es tuya. El botón funciona una vez, durante {{minutes}} minutos, y es solo para ti: no lo compartas. Después te pregunto aquí si la cuenta es correcta.',
  'sign_in.button': 'Iniciar sesión en Kick',
  already_linked:
    'Estás vinculado a **{{name}}** en Kick desde {{when}}. Para cambiarlo, pide a alguien que administre este servidor que use `/unlink` por ti; después usa `/link` otra vez.',
  in_server: 'en **{{server}}**',
  'in_server.unnamed': 'en el servidor',
  question:
    'Alguien acaba de iniciar sesión en Kick como **{{name}}** con tu enlace. ¿Fuiste tú, y quieres que te vincule esta cuenta {{where}}? Si no la conoces, pulsa No.',
  'question.yes': 'Sí, vincular',
  'question.no': 'No',
  'outcome.linked': 'Listo: estás vinculado a **{{name}}**.',
  'outcome.expired': 'Esta pregunta es demasiado antigua o ya se respondió. Usa `/link` otra vez.',
  'outcome.account_has_another':
    '**{{name}}** está vinculada a otro miembro de este servidor, así que no se cambió nada. Si es tuya, pide a alguien que administre el servidor que use `/unlink` para ese miembro; después usa `/link` otra vez.',
  'outcome.member_has_another':
    'Ya estás vinculado a **{{name}}** en este servidor, así que no se cambió nada. Para cambiarlo, pide a alguien que administre el servidor que use `/unlink` por ti; después usa `/link` otra vez.',
  declined: 'No se vinculó nada. Si quieres vincular una cuenta tuya, usa `/link` otra vez y no compartas el enlace.',
  linked:
    '✅ Tu cuenta de Kick **{{name}}** está vinculada {{where}}. Lo que ganes en el chat cuenta para ti allí; `/me` lo muestra.',
  failed:
    'Tu cuenta de Kick no se vinculó {{where}}: {{why}}. Usa `/link` allí otra vez; si sigue fallando, avisa a alguien que administre el servidor.',
  'why.refused': 'no lo permitiste en Kick',
  'why.expired': 'el inicio de sesión tardó demasiado',
  'why.kick_unavailable': 'Kick no respondió',
  'why.kick_refused': 'Kick no aceptó el inicio de sesión',
  'why.unknown': 'falló el inicio de sesión en Kick',
  'no_link.own':
    'Todavía no has vinculado tu cuenta de Kick aquí. Usa `/link` una vez y todo lo que ganes en el chat aparecerá aquí.',
  'no_link.other': 'Este miembro todavía no ha vinculado una cuenta de Kick aquí; puede hacerlo con `/link`.',
  'chat.linked': 'tu cuenta ya está vinculada; escribe /me en nuestro Discord para ver lo que tienes.',
  'chat.not_linked': 'escribe /link en nuestro Discord para vincular tu cuenta y recibir tus roles.',
  'error.not_addressed': 'Esta pregunta es para otra persona.',
  'error.not_a_member': 'Ya no estás en ese servidor; vuelve a entrar y usa `/link` allí.',
  'error.guild_gone': 'Ya no estoy en ese servidor, así que no se vinculó nada.',
  'error.which': 'Indica el miembro o el nombre de Kick, uno de los dos.',
  'error.name': '`{{name}}` no es un nombre de Kick; solo tienen letras, cifras, `_` y `-`.',
  'error.permission': 'Solo puede hacerlo quien tenga permiso para administrar este servidor.',
  'error.kick_away': 'Kick no responde ahora mismo, así que no pude buscar la cuenta; inténtalo de nuevo en un minuto.',
  'error.unknown_account': 'Kick no conoce ninguna cuenta llamada **{{name}}**; revisa cómo se escribe.',
  'error.person': 'Solo se puede vincular a personas que sean miembros de este servidor.',
  unlinked:
    '{{member}} ya no está vinculado a **{{name}}**. Los minutos y los puntos se quedan con la cuenta de Kick, y el miembro puede usar `/link` otra vez.',
  not_linked:
    '{{member}} no tiene ninguna cuenta de Kick vinculada en este servidor, así que no hay nada que desvincular.',
  name_not_linked: 'Nadie en este servidor está vinculado a **{{name}}**.',
  'force.question':
    '¿Vincular a {{member}} con **{{name}}** en Kick? No ha demostrado que la cuenta sea suya, así que asegúrate de quién es. Queda anotado que lo hiciste tú.',
  'force.yes': 'Vincular',
  'force.linked': '✅ {{member}} está vinculado a **{{name}}**.',
  'force.taken':
    '**{{name}}** está vinculada a {{member}}, así que no se cambió nada; usa primero `/unlink` para ese miembro.',
  'force.has_another':
    '{{member}} está vinculado a **{{name}}**, así que no se cambió nada; usa primero `/unlink` para ese miembro.',
  'rename.done': '✅ Lo que ganó **{{old}}** pertenece ahora a **{{name}}**.',
  'rename.same': 'Los dos nombres son iguales, así que no hay nada que pasar.',
  'rename.two_accounts': '**{{old}}** y **{{name}}** son dos cuentas distintas en Kick, así que no las junto.',
  'rename.two_links':
    '**{{old}}** está vinculada a {{one}} y **{{name}}** a {{other}}; usa primero `/unlink` para uno de los dos.',
  'who.linked': '**{{name}}** está vinculada a {{member}} desde {{when}}.',
  'who.earlier': 'Nombres anteriores: {{names}}.',
  'history.title': 'Historial de vínculos',
  'history.none': 'Todavía no hay nada anotado sobre eso.',
  'event.linked': '{{member}} vinculó **{{name}}**',
  'event.refused': '{{member}} no pudo vincular **{{name}}**',
  'event.unlinked': '{{member}} fue desvinculado de **{{name}}**',
  'event.forced': '{{member}} fue vinculado a **{{name}}** por un administrador',
  'event.renamed': '**{{old}}** se llama ahora **{{name}}** en Kick',
  'event.merged': '**{{old}}** se juntó con **{{name}}**',
  'event.nobody': 'Nadie',
  'reason.account_has_another': 'la cuenta está vinculada a otro miembro',
  'reason.member_has_another': 'el miembro tiene otra cuenta vinculada',
  'reason.declined': 'el miembro dijo que no',
  'reason.left': 'el miembro dejó el servidor',
  'by.member': 'por {{who}}',
  'by.dashboard': 'desde el panel web',
  'by.bot': 'por el bot',
  'by.kick': 'según Kick',
  'panel.title': 'Vincula tu cuenta de Kick',
  'panel.description':
    'Pulsa el botón e inicia sesión en Kick una vez. Desde entonces, lo que ganes en el chat contará para ti aquí: minutos, puntos y roles.',
  'panel.button': 'Vincular cuenta de Kick',
  'panel.posted': '✅ El panel está en {{channel}}.',
  'panel.removed': '✅ El panel se ha quitado.',
  'panel.none': 'No hay ningún panel; publica uno con `/linkpanel post`.',
  'panel.cannot_post':
    'No puedo publicar en {{channel}}; dame allí permiso para ver el canal, enviar mensajes e insertar enlaces.',
  'panel.too_long': 'El título puede tener {{title}} caracteres y el texto {{description}}.',
  'grant.no_role':
    'Todavía no hay un rol de vinculados; elige uno con `/settings set` y la clave `kick_linked_role_id`.',
  'grant.cannot':
    'No puedo dar {{role}}: necesito el permiso para gestionar roles, y el rol debe estar por debajo del mío.',
  'grant.running': 'Ya estoy dando el rol; su mensaje muestra cuánto llevo.',
  'grant.begun': 'Doy {{role}} a los vinculados que no lo tienen: {{waiting}} de {{total}}. Actualizo este mensaje.',
  'grant.progress': 'Dando {{role}}: {{waiting}} de {{total}} aún esperan.',
  'grant.left': 'Quedan unos {{time}}.',
  'grant.done':
    '✅ {{role}}: dado a {{granted}}, {{had}} lo tenían, {{absent}} no están en el servidor, a {{failed}} no se les pudo dar.',
  earning: 'Vincula tu cuenta de Kick con `/link` para que lo que ganes también sea tuyo en Discord.',
}
