-- Names that more than one function needs: keys, cells, queues, kinds, lanes, workers.
-- Lock order: the schema's key (advisory), then rows. No other lock is asked for behind them.

-- The transaction-local setting that proves "this transaction holds the child lock its positions belong to".
-- Named after the schema, so that two schemas in one transaction do not mistake each other's proof.
create or replace function ${schema}.guard_name() returns text
language sql immutable parallel safe as $awa$
  select 'awa.segment_' || left(md5(${schema_literal}), 12)
$awa$;

-- First half of every advisory key: the schema's oid. Those of lanes and of the leader save work, no more. Those of unique
-- keys (U1), of concurrency keys (K2) and of rate limits (R1) make takers follow each other, and are held to the end.
create or replace function ${schema}.lock_key() returns int
language sql stable parallel safe as $awa$
  select quote_ident(${schema_literal})::regnamespace::oid::int
$awa$;

create or replace function ${schema}.channel() returns text
language sql stable parallel safe as $awa$
  select 'awa_' || n.oid from pg_catalog.pg_namespace n where n.nspname = ${schema_literal}
$awa$;

create or replace function ${schema}.lane_sequence(p_lane int) returns regclass
language sql stable as $awa$
  select format('%I.%I', ${schema_literal}, 'lane_' || p_lane)::regclass
$awa$;

-- A sequence that was made just now becomes the owner's of the tables, whatever role made it: others use it. False where it
-- stays the maker's, who is no member of that one.
create or replace function ${schema}.give_to_owner(p_sequence text) returns boolean
language plpgsql as $awa$
declare
  v_owner text;
begin
  select pg_get_userbyid(c.relowner) into v_owner
    from pg_catalog.pg_class c where c.oid = format('%I.workers', ${schema_literal})::regclass;
  if v_owner <> current_user then
    execute format('alter sequence %I.%I owner to %I', ${schema_literal}, p_sequence, v_owner);
  end if;
  return true;
exception when insufficient_privilege then
  return false;
end $awa$;

-- Finds or makes the lane of (queue, priority). Run on a connection of its own and committed before any business
-- transaction uses the lane: nobody may have to wait for that transaction. Lock order: schema key, then rows.
create or replace function ${schema}.ensure_lane(p_queue text, p_priority int, out queue int, out lane int)
language plpgsql as $awa$
begin
  select q.queue, l.lane into ensure_lane.queue, ensure_lane.lane
    from ${schema}.queues q join ${schema}.lanes l on l.queue = q.queue
   where q.name = p_queue and l.priority = p_priority and l.shard = 0;
  if found then return; end if;
  perform pg_advisory_xact_lock(${schema}.lock_key(), 0);
  insert into ${schema}.queues (name) values (p_queue) on conflict do nothing;
  select q.queue into ensure_lane.queue from ${schema}.queues q where q.name = p_queue;
  select l.lane into ensure_lane.lane from ${schema}.lanes l
   where l.queue = ensure_lane.queue and l.priority = p_priority and l.shard = 0;
  if found then return; end if;
  select coalesce(max(l.lane), 0) + 1 into ensure_lane.lane from ${schema}.lanes l;
  -- CACHE 1: a cached block would hand out positions below ones that others have already committed and claimed.
  execute format('create sequence %I.%I cache 1 maxvalue 2199023255551', ${schema_literal}, 'lane_' || ensure_lane.lane);
  perform ${schema}.give_to_owner('lane_' || ensure_lane.lane);
  insert into ${schema}.lanes (lane, queue, priority) values (ensure_lane.lane, ensure_lane.queue, p_priority);
end $awa$;

create or replace function ${schema}.ensure_queue(p_queue text) returns int
language plpgsql as $awa$
declare
  v_queue int;
begin
  select q.queue into v_queue from ${schema}.queues q where q.name = p_queue;
  if found then return v_queue; end if;
  insert into ${schema}.queues (name) values (p_queue) on conflict do nothing;
  select q.queue into v_queue from ${schema}.queues q where q.name = p_queue;
  return v_queue;
end $awa$;

create or replace function ${schema}.ensure_kind(p_kind text) returns int
language plpgsql as $awa$
declare
  v_kind int;
begin
  select k.kind into v_kind from ${schema}.kinds k where k.name = p_kind;
  if found then return v_kind; end if;
  insert into ${schema}.kinds (name) values (p_kind) on conflict do nothing;
  select k.kind into v_kind from ${schema}.kinds k where k.name = p_kind;
  return v_kind;
end $awa$;

-- A process registers once; its number is never given anew, also after its row is forgotten, so a nonce built from it never
-- is used twice.
create or replace function ${schema}.register_worker(p_name text) returns int
language sql volatile as $awa$
  insert into ${schema}.workers (name) values (p_name) returning worker
$awa$;

-- When a process beat last: by its row, or by its cell. Volatile like what it reads, so that it is inlined.
create or replace function ${schema}.last_beat(p_beat_at timestamptz, p_cell regclass) returns timestamptz
language sql volatile as $awa$
  select greatest(p_beat_at, to_timestamp(pg_sequence_last_value(p_cell) / 1e6))
$awa$;

-- A cell that no process beats in, for one that has none. It is taken from a process that stopped, or whose jobs are
-- rescued: if that one lives after all, its next beat finds that it has none and updates its row. A beat of it that was
-- under way keeps the new owner alive once longer than it lives, no more. Where all are taken one more is made; null where
-- that may not be, or somebody else is at it. Lock order: rows of workers, the schema's key, which is tried.
create or replace function ${schema}.take_cell(p_worker int) returns regclass
language plpgsql as $awa$
declare
  v_cell regclass;
begin
  for v_cell in select s.oid from pg_catalog.pg_class s join pg_catalog.pg_namespace n on n.oid = s.relnamespace
                 where n.nspname = ${schema_literal} and s.relkind = 'S' and s.relname ~ '^beat_[0-9]+$'
                   and not exists (select from ${schema}.workers w
                                    where w.cell = s.oid and w.stopped_at is null and w.rescued_at is null)
                 order by s.oid loop
    update ${schema}.workers w set cell = null
     where w.cell = v_cell and (w.stopped_at is not null or w.rescued_at is not null);
    begin
      update ${schema}.workers w set cell = v_cell where w.worker = p_worker;
      return v_cell;
    exception when unique_violation then
      -- Somebody else was faster.
    end;
  end loop;
  if not pg_try_advisory_xact_lock(${schema}.lock_key(), 0) then return null; end if;
  begin
    v_cell := ${schema}.make_cell();
    update ${schema}.workers w set cell = v_cell where w.worker = p_worker;
    return v_cell;
  exception when insufficient_privilege or duplicate_table or unique_violation then
    return null;
  end;
end $awa$;

-- For whoever has the schema's key. Cells are used again, so there are as many as processes were once at work together. A
-- cell is the owner's, like the first ones, whatever role makes it: leaders of other roles read it, others are its heirs.
create or replace function ${schema}.make_cell() returns regclass
language plpgsql as $awa$
declare
  v_name text;
begin
  select 'beat_' || coalesce(max(substr(s.relname, 6)::int), -1) + 1 into v_name
    from pg_catalog.pg_class s join pg_catalog.pg_namespace n on n.oid = s.relnamespace
   where n.nspname = ${schema_literal} and s.relkind = 'S' and s.relname ~ '^beat_[0-9]{1,8}$';
  execute format('create sequence %I.%I cache 1', ${schema_literal}, v_name);
  if not ${schema}.give_to_owner(v_name) then raise insufficient_privilege; end if;
  return format('%I.%I', ${schema_literal}, v_name)::regclass;
end $awa$;

-- A beat, by the database's clock; null where the process is registered as stopped. p_live: counters (the low half of the
-- nonces) of this process's claims that are not fully decided, and every counter that was not yet used when the list was
-- made; null where there is none to tell. A list that arrives late is still true: a claim whose counter is absent had been
-- sent before the list was made and was off the process's hands then, and counters are not used twice. A list that is old
-- names too much, which is safe.
-- A beat without a list goes into the process's cell, a sequence: it leaves no dead row, however long somebody pins the
-- horizon. One with a list updates the row, and so does any that withdraws rescued_at or finds no cell free.
-- A process that was silent until it was forgotten gets its row back, under its number: nobody else has had it. Numbers that
-- were not given out in this schema get none.
create or replace function ${schema}.beat(p_worker int, p_live int8multirange default null) returns boolean
language plpgsql as $awa$
declare
  w record;
begin
  if p_live is null then
    select x.cell, x.rescued_at into w from ${schema}.workers x where x.worker = p_worker and x.stopped_at is null;
    if found and w.rescued_at is null then
      w.cell := coalesce(w.cell, ${schema}.take_cell(p_worker));
      if w.cell is not null then
        perform setval(w.cell, (date_part('epoch', clock_timestamp()) * 1e6)::bigint);
        return true;
      end if;
    end if;
  end if;
  update ${schema}.workers
     set beat_at = clock_timestamp(), live = coalesce(p_live, live),
         live_at = case when p_live is null then live_at else clock_timestamp() end, rescued_at = null
   where worker = p_worker and stopped_at is null;
  if found then return true; end if;
  insert into ${schema}.workers (worker, name, live, live_at) overriding system value
  select p_worker, 'back after it was forgotten', p_live, case when p_live is not null then clock_timestamp() end
   where p_worker between 1 and pg_sequence_last_value(pg_get_serial_sequence(format('%I.workers', ${schema_literal}), 'worker'))
      on conflict do nothing;
  return nullif(found, false);
end $awa$;

create or replace function ${schema}.stop_worker(p_worker int) returns boolean
language sql volatile as $awa$
  update ${schema}.workers set stopped_at = clock_timestamp(), cell = null
   where worker = p_worker and stopped_at is null returning true
$awa$;

-- The i-th member of a claim, counted from 0.
create or replace function ${schema}.member(p_members int8multirange, p_ordinal int) returns bigint
language plpgsql immutable as $awa$
declare
  r int8range; v_left bigint := p_ordinal;
begin
  foreach r in array array(select unnest(p_members)) loop
    if v_left < upper(r) - lower(r) then return lower(r) + v_left; end if;
    v_left := v_left - (upper(r) - lower(r));
  end loop;
  return null;
end $awa$;

-- The ordinal of a member, counted from 0; null where it is none.
create or replace function ${schema}.ordinal(p_members int8multirange, p_pos bigint) returns int
language sql immutable as $awa$
  select sum(least(upper(r), p_pos) - lower(r))::int
    from unnest(p_members) r where lower(r) <= p_pos and p_members @> p_pos
$awa$;

-- From here waits for locks take p_ms at most, until lock_timeout is set to what this answers, the one before. For ends
-- that somebody else may be writing: who stands in the way is met again. Reads of children are not under it: a prune keeps
-- one for a moment, or as long as its commit takes, and a refusal there would be an error in the server's log.
create or replace function ${schema}.wait_briefly(p_ms int) returns text
language plpgsql as $awa$
declare
  v_before text := current_setting('lock_timeout'); v_ms double precision := extract(epoch from v_before::interval) * 1000;
begin
  if v_ms = 0 or v_ms > p_ms then perform set_config('lock_timeout', p_ms || 'ms', true); end if;
  return v_before;
end $awa$;
