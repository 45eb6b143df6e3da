import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const es: Translation<typeof en> = {
  minutes: '{{minutes}} min',
  hours: '{{hours}} h',
  hours_and_minutes: '{{hours}} h {{minutes}} min',
  and_more_one: '… y {{count}} más',
  and_more_other: '… y {{count}} más',
  points_one: '{{count}} punto',
  points_other: '{{count}} puntos',
  'refused.unknown_command': 'Este comando ya no existe; Discord lo olvidará pronto.',
  'refused.server_only': 'Este comando solo funciona en un servidor; úsalo allí, por favor.',
  'refused.permission': 'Para este comando necesitas el permiso «{{permission}}».',
  'refused.old_button': 'Esto ya no funciona.',
  'refused.other_server': 'Esto es de otro servidor; úsalo allí, por favor.',
  'permission.Administrator': 'Administrador',
  'permission.ManageGuild': 'Gestionar servidor',
  'permission.ManageRoles': 'Gestionar roles',
  'fault.timeout':
    'Eso tardó demasiado y puede que no se haya hecho; quedó anotado como {{reference}}. Compruébalo antes de intentarlo otra vez.',
  'fault.unavailable':
    'Discord o nuestra base de datos no responde en este momento; quedó anotado como {{reference}}. Inténtalo de nuevo en un minuto.',
  'fault.undelivered': 'Se hizo, pero no se pudo mostrar la respuesta; quedó anotado como {{reference}}.',
  'fault.failed': 'Algo salió mal; quedó anotado como {{reference}}. Inténtalo de nuevo en un minuto.',
  'refused.not_served': 'Solo atiendo a otro servidor y aquí no puedo hacer nada.',
  'viewer.name': 'Su nombre de Kick',
  'viewer.member': 'El miembro, si ha vinculado su cuenta de Kick',
  'viewer.whom': 'Di a quién te refieres: da un nombre de Kick o un miembro, no ambos.',
  'viewer.no_link': '{{member}} no ha vinculado una cuenta de Kick aquí; da su nombre de Kick en su lugar.',
  'viewer.bad_name': 'Eso no es un nombre de Kick; escríbelo como aparece en el chat, sin espacios.',
  'error.no_change': 'Di qué quieres cambiar: indica al menos una de las otras opciones.',
  'panel.posted': '✅ El panel está en {{channel}}.',
  'panel.cannot_post':
    'No puedo publicar en {{channel}}; dame allí permiso para ver el canal, enviar mensajes e insertar enlaces.',
  'viewer.managed_name': 'Un nombre de Kick, vinculado o no; para quienes gestionan el servidor',
  'viewer.managed_only':
    'Solo quien tiene el permiso «{{permission}}» puede preguntar por un nombre de Kick; indica un miembro.',
}
