import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const pt: Translation<typeof en> = {
  minutes: '{{minutes}} min',
  hours: '{{hours}} h',
  hours_and_minutes: '{{hours}} h {{minutes}} min',
  and_more_one: '… e mais {{count}}',
  and_more_other: '… e mais {{count}}',
  points_one: '{{count}} ponto',
  points_other: '{{count}} pontos',
  'refused.unknown_command': 'Este comando não existe mais; o Discord vai esquecê-lo em breve.',
  'refused.server_only': 'Este comando só funciona em um servidor; use-o lá, por favor.',
  'refused.permission': 'Para este comando você precisa da permissão “{{permission}}”.',
  'refused.old_button': 'Isto não funciona mais.',
  'refused.other_server': 'Isto pertence a outro servidor; use-o lá, por favor.',
  'permission.Administrator': 'Administrador',
  'permission.ManageGuild': 'Gerenciar servidor',
  'permission.ManageRoles': 'Gerenciar cargos',
  'fault.timeout':
    'Isso demorou demais e talvez não tenha acontecido; foi anotado como {{reference}}. Verifique antes de tentar de novo.',
  'fault.unavailable':
    'O Discord ou o nosso banco de dados não responde no momento; foi anotado como {{reference}}. Tente de novo em um minuto.',
  'fault.undelivered': 'Isso foi feito, mas a resposta não pôde ser exibida; foi anotado como {{reference}}.',
  'fault.failed': 'Algo deu errado; foi anotado como {{reference}}. Tente de novo em um minuto.',
  'refused.not_served': 'Eu atendo apenas outro servidor e não posso fazer nada aqui.',
  'viewer.name': 'O nome na Kick',
  'viewer.member': 'O membro, se vinculou a conta da Kick',
  'viewer.whom': 'Diga quem é: informe um nome da Kick ou um membro, não os dois.',
  'viewer.no_link': '{{member}} não vinculou uma conta da Kick aqui; informe o nome da Kick.',
  'viewer.bad_name': 'Isso não é um nome da Kick; escreva como aparece no chat, sem espaços.',
  'error.no_change': 'Diga o que deve mudar: informe pelo menos uma das outras opções.',
  'panel.posted': '✅ O painel está em {{channel}}.',
  'panel.cannot_post':
    'Não posso publicar em {{channel}}; me dê lá permissão para ver o canal, enviar mensagens e inserir links.',
  'viewer.managed_name': 'Um nome do Kick, vinculado ou não; para quem gerencia o servidor',
  'viewer.managed_only':
    'Só quem tem a permissão “{{permission}}” pode perguntar por um nome do Kick; informe um membro.',
}
