export const en = {
  'command.points': 'How many points you or another member have',
  'command.points.member': 'Somebody else; you when left out',
  rank: 'rank {{rank}} of {{of}}',
  earned: 'Earned {{earned}} · spent {{spent}}',
  paused: 'Points are paused on this server now.',
  worth: 'Five watched minutes are worth {{points}}.',
  'chat.none': 'no points yet. Keep chatting while the stream is live and they will come.',
  'chat.has': '{{points}}.',
  'chat.ranked': '{{points}}, rank {{rank}} of {{of}}.',
} as const
