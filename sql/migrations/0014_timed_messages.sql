-- Messages that a server says in its stream chat now and then. New tables only; names as in the bot before, where it had them.

create table timed_messages (
  discord_server_id bigint not null,
  id integer not null check (id > 0),
  message text not null check (length(message) between 1 and 500),
  interval_minutes integer not null check (interval_minutes between 1 and 1440),
  min_lines integer not null default 0 check (min_lines between 0 and 1000),
  only_live boolean not null default true,
  enabled boolean not null default true,
  last_sent timestamptz,
  claimed_at timestamptz,
  lines_then bigint not null default 0,
  created_by bigint,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (discord_server_id, id)
) with (fillfactor = 70);
comment on column timed_messages.last_sent is 'When Kick last took it; what Kick refused does not count.';
comment on column timed_messages.claimed_at is 'When it was last handed over to be sent; keeps messages of one server apart.';
comment on column timed_messages.lines_then is 'What the count of chat lines was then.';

create table chat_line_count (
  discord_server_id bigint primary key,
  lines bigint not null default 0
) with (fillfactor = 70);
comment on table chat_line_count is
  'Lines of chat, only for servers with a timed message that asks for a number of them. A line that is delivered twice may count twice.';
