export const en = {
  'missing.title': 'Roles from before that I cannot find',
  'missing.text_one':
    'The bot before gave the role {{names}} for watch time, and I find no role of that name. Create it and it works by itself, or choose another one with `/roles add`.',
  'missing.text_other':
    'The bot before gave the roles {{names}} for watch time, and I find no roles of these names. Create them and they work by themselves, or choose others with `/roles add`.',
}
