-- What a viewer's mark was before it moved last, so that the interval which was paid for needs no join with what has just been counted: the
-- planner cannot know how many rows that hands on. A column with a constant default: locks the table for a moment, rewrites nothing.

alter table raffle_watchtime_converted add column last_from integer not null default 0;
comment on column raffle_watchtime_converted.last_from is 'What minutes_converted was before the last count.';
