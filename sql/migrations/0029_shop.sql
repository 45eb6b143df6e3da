-- The shop: what points buy, who bought what, and who waits for an item to come back. New tables only; nothing is locked. The first two keep
-- the names of the bot before, and columns where they mean the same, since the dashboard reads them.

create table point_shop (
  discord_server_id bigint primary key,
  last_item integer not null default 0,
  last_sale integer not null default 0,
  revision bigint not null default 1,
  channel_id bigint,
  message_id bigint,
  shown_revision bigint not null default 0,
  shown_hash text,
  shown_at timestamptz,
  limits_reset_at timestamptz,
  check (message_id is null or channel_id is not null)
) with (fillfactor = 70);
comment on table point_shop is 'One row for each guild that has a shop: the numbers given out last, and the message that shows what there is.';
comment on column point_shop.revision is 'Grows with every change that members can see; shown_revision is the one that the message shows.';
comment on column point_shop.limits_reset_at is 'Purchases before it do not count towards the limits of items.';

create table point_shop_items (
  discord_server_id bigint not null,
  id integer not null check (id > 0),
  name text not null check (length(name) between 1 and 100),
  description text check (length(description) between 1 and 1000),
  image_url text check (image_url like 'https://%' and length(image_url) <= 1000),
  price bigint not null check (price >= 0),
  stock_total integer check (stock_total >= 0),
  stock_left integer check (stock_left >= 0),
  stock integer not null generated always as (coalesce(stock_left, -1)) stored,
  is_active boolean not null default true,
  item_type text not null default 'custom' check (item_type in ('custom', 'raffle_tickets')),
  raffle_ticket_amount integer not null default 0 check (raffle_ticket_amount between 0 and 1000000),
  per_user_limit integer check (per_user_limit > 0),
  limit_window_seconds integer not null default 0 check (limit_window_seconds >= 0),
  requirement_title text check (length(requirement_title) between 1 and 45),
  requirement_footer text check (length(requirement_footer) between 1 and 100),
  required_role_id bigint,
  available_from timestamptz,
  available_until timestamptz,
  version integer not null default 1,
  restocks integer not null default 0,
  removed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  updated_by bigint,
  primary key (discord_server_id, id),
  check ((stock_total is null) = (stock_left is null)),
  check (stock_left <= stock_total),
  check ((item_type = 'raffle_tickets') = (raffle_ticket_amount > 0)),
  check (available_until > available_from)
) with (fillfactor = 70);
comment on column point_shop_items.stock_total is 'Null: there is no end of it.';
comment on column point_shop_items.stock is 'For those who read the table of the bot before: a negative number means that there is no end of it.';
comment on column point_shop_items.version is 'Grows when anything changes that a buyer was shown; a purchase names the version that it was shown.';
comment on column point_shop_items.restocks is 'How often it came back after it was sold out.';
comment on column point_shop_items.removed_at is 'Sales name items, so that one is hidden and its number is never given again.';

create table point_sales (
  discord_server_id bigint not null,
  id integer not null check (id > 0),
  item_id integer,
  item_name text not null,
  item_type text not null default 'custom' check (item_type in ('custom', 'raffle_tickets')),
  raffle_ticket_amount integer not null default 0,
  kick_username text not null,
  discord_id bigint,
  price_paid bigint not null check (price_paid >= 0),
  quantity integer not null default 1 check (quantity > 0),
  status text not null check (status in ('pending', 'completed', 'cancelled', 'refunded')),
  requirement_title text,
  requirement_input text,
  notes text,
  locale text,
  source_ref text not null,
  purchased_at timestamptz not null default now(),
  finished_at timestamptz,
  finished_by bigint,
  reason text,
  discord_notification_channel_id bigint,
  discord_notification_message_id bigint,
  primary key (discord_server_id, id),
  unique (discord_server_id, source_ref),
  check ((status = 'pending') = (finished_at is null))
) with (fillfactor = 70);
create index point_sales_viewer_idx on point_sales (discord_server_id, kick_username, id);
create index point_sales_member_idx on point_sales (discord_server_id, discord_id, id);
create index point_sales_pending_idx on point_sales (discord_server_id, id) where status = 'pending';
comment on table point_sales is
  'What was bought, as it was when it was bought. pending → completed, and from either → refunded, once; cancelled comes from the bot before.';
comment on column point_sales.source_ref is 'The confirmation that was pressed: pressed again, it buys nothing more.';

create table shop_notice (
  discord_server_id bigint not null,
  item_id integer not null,
  discord_id bigint not null,
  locale text,
  wanted_at timestamptz not null default now(),
  primary key (discord_server_id, item_id, discord_id)
);
create index shop_notice_member_idx on shop_notice (discord_server_id, discord_id);
comment on table shop_notice is 'Members who asked to be told when a sold-out item is back; each is told once and then taken away.';
