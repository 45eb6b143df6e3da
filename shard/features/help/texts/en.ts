export const en = {
  'command.help': 'What I can do here, and how you earn',
  'command.earn': 'Show everybody how one earns here',
  title: 'How you earn here',
  members: 'What you can do',
  chat: 'In the stream chat',
  admins: 'For admins',
} as const
