-- The store family: everything that must outlive a segment. Scheduled, retried and snoozed jobs, held attempts, parked
-- callbacks, failed jobs, dead letters, cancelled jobs with a reason, keys of unique jobs, requests made inside a
-- caller's transaction.
--
-- A store is a bundle of four child tables, append-only and reclaimed whole like a segment:
--   entries_k   jobs and where they stand       endings_k   the only evidence that an entry ended
--   progress_k  what held attempts reported     keys_k      who took a unique key last
-- No row of these four is ever updated or deleted. A job has at most one live place at any time: one position in a
-- segment, or one entry without an ending; `origin` is its id in all of them.

alter table ${schema}.queues
  add column dead_letter     boolean not null default false,       -- what fails goes to the dead letters
  add column backoff_ms      bigint not null default 1000 check (backoff_ms between 1 and 86400000),
  add column backoff_max_ms  bigint not null default 86400000 check (backoff_max_ms between 1 and 2592000000),
  add column deadline_ms     bigint check (deadline_ms > 0),       -- of an attempt; null: none
  add column keep_failed     interval not null default '72 hours',
  add column keep_dead       interval not null default '30 days',
  add column keep_cancelled  interval not null default '1 hour';

-- live: counters of this process's claims that are not fully decided, as of the beat at live_at, with all that were not
-- used yet. rescued_at: nothing of a dead process was left to rescue; saves work, and a beat withdraws it.
alter table ${schema}.workers
  add column live       int8multirange,
  add column live_at    timestamptz,
  add column rescued_at timestamptz;

-- The pointer, store << 8 | child, a non-MVCC cell like current_segment. reclaimed_stores counts reclaims: a reader whose
-- snapshot is older than a TRUNCATE can tell.
create sequence ${schema}.current_store cache 1 minvalue 0 start 0;
create sequence ${schema}.reclaimed_stores cache 1 minvalue 0 start 0;
create sequence ${schema}.entry_ids cache 1 maxvalue 2199023255551;                  -- below the first lane's positions

create table ${schema}.stores (
  store        bigint primary key,
  child        int not null,
  created_at   timestamptz not null default clock_timestamp(),
  sealed_at    timestamptz,
  entries      bigint,                                   -- how many it holds, counted once after the seal
  finished_at  timestamptz,
  reclaimed_at timestamptz
);
create unique index stores_live on ${schema}.stores (child) where reclaimed_at is null;

-- state: s scheduled, t retry, z snoozed, h held, w waiting for a callback, f failed, d dead letter, x cancelled,
-- i a request of a caller's transaction. attempt: attempts used; of h and w the running one included.
-- due_at: when s, t, z become available, when h and w expire, when i is to be done. until: when f, d, x may be forgotten.
-- lease: names a held attempt, never used twice. Rows are added by add_k alone.
-- awa:each-store
create table ${schema}.entries_${store} (
  entry        bigint primary key,
  origin       bigint not null,
  created_at   timestamptz not null,
  due_at       timestamptz,
  until        timestamptz,
  lease        bigint,
  lane         int not null,
  kind         int not null,
  worker       int,
  attempt      int2 not null,
  max_attempts int2 not null,
  key_states   int2,
  state        "char" not null,
  key          uuid,
  callback     uuid,
  args         json not null,
  extras       jsonb check (octet_length(extras::text) <= 131072)
) with (autovacuum_enabled = off, toast.autovacuum_enabled = off);
create index entries_${store}_due on ${schema}.entries_${store} (due_at, entry) where state in ('s', 't', 'z');
create index entries_${store}_expiry on ${schema}.entries_${store} (due_at) where state in ('h', 'w', 'i');
create index entries_${store}_origin on ${schema}.entries_${store} (origin);
create index entries_${store}_lease on ${schema}.entries_${store} (lease) where lease is not null;
create index entries_${store}_callback on ${schema}.entries_${store} (callback) where callback is not null;
create index entries_${store}_worker on ${schema}.entries_${store} (worker) where state = 'h';
create index entries_${store}_kept on ${schema}.entries_${store} (state, entry) where state in ('f', 'd', 'x', 'h', 'w');

-- outcome: p promoted or requeued into a lane, m moved (a copy stands elsewhere), c completed, t z f d x w h: followed by
-- an entry of that state, g purged, a done (a request).
create table ${schema}.endings_${store} (
  entry   bigint primary key,
  closer  bigint not null,
  at      timestamptz not null,
  outcome "char" not null
) with (autovacuum_enabled = off);

create table ${schema}.progress_${store} (
  entry bigint not null,
  seq   bigint not null,
  at    timestamptz not null,
  body  jsonb not null,
  primary key (entry, seq)
) with (autovacuum_enabled = off, toast.autovacuum_enabled = off);

-- The newest version of a key names the job that took it last; whether it still holds it follows from that job's state.
create table ${schema}.keys_${store} (
  key     uuid not null,
  version bigint not null,
  job     bigint not null,
  at      timestamptz not null,
  states  int2 not null,
  primary key (key, version)
) with (autovacuum_enabled = off);
-- awa:end

-- A row on its way into entries_k, whichever child that is.
create type ${schema}.new_entry as (
  entry bigint, origin bigint, due_at timestamptz, until timestamptz, lease bigint, lane int, kind int, worker int,
  attempt int, max_attempts int, key_states int, state "char", key uuid, callback uuid, args json, extras jsonb);

-- A job on its way through an action: where it lives, what became of it (65_actions.sql), and its row for a new place.
create type ${schema}.target as (
  id bigint, result text, other bigint, state "char", store int, entry bigint, lease bigint, segment bigint, child int,
  pos bigint, lane int, no bigint, nonce bigint, n int, ordinal int, worker int, goal int, body ${schema}.new_entry);

-- A job as operators see it (82_queries.sql). cursor: where a list goes on behind it.
create type ${schema}.job_view as (
  cursor text, id bigint, state text, queue text, priority int, kind text, attempt int, max_attempts int,
  available_at timestamptz, due_at timestamptz, claimed_at timestamptz, ended_at timestamptz, worker int, error text,
  reason text, progress text, args text, extras text);

-- A job that comes back keeps its id in origin; earlier errors and progress travel in extras.
-- awa:each-child
create index jobs_${child}_origin on ${schema}.jobs_${child} (origin) where origin is not null;
alter table ${schema}.jobs_${child} drop constraint jobs_${child}_extras_check;
alter table ${schema}.jobs_${child} add constraint jobs_${child}_extras_check
  check (octet_length(extras::text) <= 131072) not valid;
-- awa:end

insert into ${schema}.stores (store, child) values (1, 0);
select setval(format('%I.current_store', ${schema_literal})::regclass, 1 << 8);

insert into ${schema}.entries_0
  (entry, origin, created_at, until, lane, kind, attempt, max_attempts, state, args, extras)
select nextval(format('%I.entry_ids', ${schema_literal})::regclass), f.pos, f.failed_at, f.failed_at + interval '72 hours',
       (f.pos >> 41)::int, f.kind, f.attempt, f.max_attempts, 'f', f.args,
       coalesce(f.extras, '{}') || jsonb_build_object('reason', 'terminal_error', 'errors', jsonb_build_array(
         jsonb_build_object('message', left(f.error, 4000), 'attempt', f.attempt, 'at', f.failed_at)))
  from ${schema}.failed f;
drop table ${schema}.failed;

-- Functions are loaded anew after the migrations. Those of the earlier version go first: some answer more columns now.
do $awa$
declare
  r record;
begin
  for r in select p.oid::regprocedure as f from pg_catalog.pg_proc p
             join pg_catalog.pg_namespace n on n.oid = p.pronamespace where n.nspname = ${schema_literal} loop
    execute format('drop function if exists %s cascade', r.f);
  end loop;
end $awa$;
