-- Minutes count for more or less by four factors and no longer by happy hours alone: what an admin set for everybody, for a role and for
-- subscribers of the channel stands beside them. A minute is paid once, and whenever it is paid it must be worth the same; so not only the
-- factors but also who had a role or a subscription is kept as intervals that begin in the future. The columns of multiplier are added
-- without rewriting it, which locks it for a moment; the tables are new.

alter table multiplier
  add column kind text not null default 'happy' check (kind in ('happy', 'global', 'role', 'subscriber')),
  add column role_id bigint,
  alter column ended_at drop not null,
  add constraint multiplier_role_check check ((kind = 'role') = (role_id is not null));
comment on table multiplier is
  'What minutes count for points, as intervals of whole minutes that begin in the future. Those of one kind and role never overlap.';
comment on column multiplier.ended_at is 'Null until further notice.';

-- Roles of members, as far as the bot knows: those for which there is a factor, and no others.
create table member_role (
  discord_server_id bigint not null,
  discord_id bigint not null,
  role_id bigint not null,
  seen_at timestamptz not null default now(),
  primary key (discord_server_id, discord_id, role_id)
);
create index member_role_role_idx on member_role (discord_server_id, role_id);
comment on table member_role is
  'Who has a role for which minutes count differently: the bot gave it, Discord told, or an interaction showed it.';

create table viewer_span (
  discord_server_id bigint not null,
  username text not null,
  kind text not null check (kind in ('role', 'subscriber')),
  role_id bigint not null default 0,
  started_at timestamptz not null,
  ended_at timestamptz,
  primary key (discord_server_id, username, kind, role_id, started_at)
);
create index viewer_span_open_idx on viewer_span (discord_server_id, username) where ended_at is null;
comment on table viewer_span is
  'When a viewer had a role or was a subscriber, as intervals of whole minutes: from the minute after the bot learned of it.';
