-- Configuration, lanes and the segment family: the tables a job passes through from enqueue to its end.
--
-- A segment is a bundle of four child tables, append-only and reclaimed whole by TRUNCATE:
--   jobs_k      bodies               marks_k     positions cancelled while available
--   claims_k    the claim ledger     closures_k  the only evidence that members of a claim ended
-- No row of these four is ever updated or deleted, so a pinned horizon costs them nothing. Their autovacuum is off:
-- there is nothing to collect, and a vacuum's lock would make a prune wait.

create table ${schema}.settings (
  key   text primary key,
  value text not null
);
insert into ${schema}.settings (key, value) values ('children', '${children}');

create table ${schema}.queues (
  queue         int generated always as identity primary key,
  name          text not null unique check (length(name) between 1 and 200),
  paused_at     timestamptz,
  paused_by     text,
  aging_seconds double precision not null default 60 check (aging_seconds >= 0)      -- 0: no aging
);

create table ${schema}.kinds (
  kind int generated always as identity primary key,
  name text not null unique check (length(name) between 1 and 200)
);

-- A lane is the ordered stream of one (queue, priority, shard). Its positions come from its own sequence lane_<id>.
create table ${schema}.lanes (
  lane     int primary key check (lane between 1 and 4194302),                       -- 22 bits above 41 of the position
  queue    int not null references ${schema}.queues,
  priority int2 not null check (priority between 1 and 4),
  shard    int2 not null default 0,
  unique (queue, priority, shard)
);

-- A row a process, beaten every few seconds; never at job rate.
create table ${schema}.workers (
  worker     int generated always as identity primary key,
  name       text not null check (length(name) <= 200),
  started_at timestamptz not null default clock_timestamp(),
  beat_at    timestamptz not null default clock_timestamp(),
  stopped_at timestamptz
);

-- The pointer: segment << 8 | child, a sequence used as a non-MVCC cell. A reader at REPEATABLE READ must see a
-- rotation that its snapshot cannot, so the pointer may not be a row.
create sequence ${schema}.current_segment cache 1 minvalue 0 start 0;

create table ${schema}.generations (
  segment      bigint primary key,
  child        int not null,
  lanes        int[],                                    -- lanes that have rows in it, recorded at the seal
  created_at   timestamptz not null default clock_timestamp(),
  sealed_at    timestamptz,
  finished_at  timestamptz,
  reclaimed_at timestamptz
);
create unique index generations_live on ${schema}.generations (child) where reclaimed_at is null;

-- Nothing is left to offer of this lane in this segment. Withdrawn by a release.
create table ${schema}.exhausted (
  segment bigint,
  lane    int,
  primary key (segment, lane)
);

-- Jobs that failed for good, kept past their segment. Append-only.
create table ${schema}.failed (
  pos          bigint primary key,
  queue        int not null,
  priority     int2 not null,
  kind         int not null,
  attempt      int2 not null,
  max_attempts int2 not null,
  available_at timestamptz not null,
  failed_at    timestamptz not null default clock_timestamp(),
  error        text not null,
  args         json not null,
  extras       jsonb
) with (autovacuum_enabled = off);

-- args is json, not jsonb: a queue writes a body once and hands it out once, and the text form spares building a tree on
-- the way in and printing it on the way out; it also keeps the payload as the producer wrote it.
-- The default of available_at is stable on purpose: a volatile one makes COPY insert row by row, a WAL record each.
-- awa:each-child
create table ${schema}.jobs_${child} (
  pos          bigint not null,
  available_at timestamptz not null default statement_timestamp(),
  kind         int not null,
  attempt      int2 not null default 0,
  max_attempts int2 not null default 25,
  origin       bigint,
  args         json not null,
  extras       jsonb check (octet_length(extras::text) <= 65536)                     -- it travels with the claim
) with (autovacuum_enabled = off, toast.autovacuum_enabled = off);
create unique index jobs_${child}_pos on ${schema}.jobs_${child} (pos);

create table ${schema}.marks_${child} (
  pos bigint primary key,
  why "char" not null
) with (autovacuum_enabled = off);

-- high: the highest position this lane's ledger has passed; old and young: holes at or below it.
-- members: the positions claimed, n of them; ordinal i of a token is the i-th of them, counted from 0.
create table ${schema}.claims_${child} (
  no          bigint not null,
  nonce       bigint not null,
  high        bigint not null,
  judge       xid8 not null,
  claimed_at  timestamptz not null,
  deadline_at timestamptz,
  lane        int not null,
  worker      int not null,
  n           int not null,
  members     int8multirange not null,
  old         int8multirange not null,
  young       int8multirange not null,
  primary key (lane, no)
) with (autovacuum_enabled = off, toast.autovacuum_enabled = off);

-- members: one bit an ordinal of the claim, set for those this part ends.
-- outcomes: one character for all of them, or one for each set bit in order.
create table ${schema}.closures_${child} (
  no       bigint not null,
  closer   bigint not null,
  at       timestamptz not null,
  lane     int not null,
  part     int not null,
  outcomes text not null,
  members  varbit not null,
  primary key (lane, no, part)
) with (autovacuum_enabled = off, toast.autovacuum_enabled = off);
-- awa:end

insert into ${schema}.generations (segment, child) values (1, 0);
select setval(format('%I.current_segment', ${schema_literal})::regclass, 1 << 8);
