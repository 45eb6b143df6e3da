export const en = {
  minutes: '{{minutes}} min',
  hours: '{{hours}} h',
  hours_and_minutes: '{{hours}} h {{minutes}} min',
  and_more_one: '… and {{count}} more',
  and_more_other: '… and {{count}} more',
  points_one: '{{count}} point',
  points_other: '{{count}} points',
  'refused.unknown_command': 'This command is not there any more; Discord forgets it soon.',
  'refused.server_only': 'This command works in a server only; please use it there.',
  'refused.permission': 'You need the permission “{{permission}}” for this command.',
  'refused.old_button': 'This button does not work any more.',
  'refused.other_server': 'This button belongs to another server; please use it there.',
  'permission.Administrator': 'Administrator',
  'permission.ManageGuild': 'Manage Server',
  'permission.ManageRoles': 'Manage Roles',
  'fault.timeout':
    'That took too long and may not have happened; it was noted as {{reference}}. Please look before you try again.',
  'fault.unavailable':
    'Discord or our database does not answer at the moment; it was noted as {{reference}}. Please try again in a minute.',
  'fault.undelivered': 'That was done, but the answer could not be shown; it was noted as {{reference}}.',
  'fault.failed': 'Something went wrong; it was noted as {{reference}}. Please try again in a minute.',
  'refused.not_served': 'I serve another server only and can do nothing here.',
} as const
