-- Recurring jobs: what to enqueue, when, and up to where that is done. A row a schedule, updated when it fires and when
-- it is declared anew: never at job rate, so a table with updates is fine here, and its autovacuum is on.

-- Never used twice, so that a schedule that was removed and declared anew is not mistaken for the old one.
create sequence ${schema}.schedule_versions;

create table ${schema}.schedules (
  name         text primary key check (length(name) between 1 and 200),
  version      bigint not null default nextval(format('%I.schedule_versions', ${schema_literal})::regclass),
  cron         text not null check (length(cron) between 1 and 1000),
  zone         text not null check (length(zone) between 1 and 100),
  policy       text not null default 'coalesce' check (policy in ('coalesce', 'catch_up')),
  lane         int not null references ${schema}.lanes,
  kind         int not null references ${schema}.kinds,
  max_attempts int2 not null check (max_attempts > 0),
  args         json not null,
  extras       jsonb check (octet_length(extras::text) <= 64000),       -- what a fire adds still fits into a job's 65536
  created_at   timestamptz not null default clock_timestamp(),
  since        timestamptz not null default clock_timestamp(),          -- when cron and zone were last changed
  last_fire    timestamptz,                                             -- up to here all was enqueued or is skipped
  paused_at    timestamptz,
  paused_by    text
) with (fillfactor = 50);
