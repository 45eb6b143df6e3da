-- Every server that follows a recording looks after it, so that another takes over when one is gone; who looked last is kept with the
-- recording. What the bot before knew of a server's clips comes over without its key, so a service may lack one until /clips setup is used
-- again. Catalogue changes only: both tables are locked for a moment.

alter table clip_buffer add column watched_at timestamptz;
comment on column clip_buffer.watched_at is 'When one of the servers that share it last looked whether it runs; null has the next one look.';

alter table clip_service
  alter column url drop not null,
  alter column key_sealed drop not null,
  alter column key_id drop not null,
  add constraint clip_service_key_check
    check ((key_sealed is null) = (key_id is null) and (key_sealed is null or url is not null) and (key_sealed is not null or not enabled));
comment on column clip_service.key_sealed is
  'The key of this server at the service, encrypted; it is never shown. Without it the others are only proposed by /clips setup.';
