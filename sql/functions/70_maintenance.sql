-- Maintenance: rotate (register, move), seal, finish, prune. Nothing here waits for a relation, unless a prune is told to,
-- for some milliseconds. A refused lock is an outcome, trapped in the function, so the server's log stays free of it. Each
-- step re-checks under its own locks: two leaders do no harm.
--
-- Invariants
--   I13 finished_at is set by ONE statement that sees every lane of the sealed segment exhausted, its newest ledger row
--       without holes, and no open claim. Without an open claim there is no release, so the fact is final.
--   I14 Nothing is proven under the exclusive lock: prune only truncates what was recorded as finished.
-- Lock order: generations row, then children in the order jobs, marks, claims, closures.

-- The live segments, oldest first, with what decides about them. Reads the catalogue and file sizes, no child's rows.
create or replace function ${schema}.segments() returns table (segment bigint, child int, state text, age_ms bigint,
  finished_ms bigint, bytes bigint)
language plpgsql as $awa$
declare
  v_current bigint;
begin
  select s.last_value >> 8 into v_current from ${schema}.current_segment s;
  return query
  select g.segment, g.child,
         case when g.finished_at is not null then 'finished' when g.sealed_at is not null then 'sealed'
              when g.segment = v_current then 'current' when g.segment < v_current then 'closing' else 'next' end,
         (date_part('epoch', clock_timestamp() - g.created_at) * 1000)::bigint,
         (date_part('epoch', clock_timestamp() - g.finished_at) * 1000)::bigint,
         (select sum(pg_total_relation_size(c.oid))::bigint
            from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
           where n.nspname = ${schema_literal}
             and c.relname in ('jobs_' || g.child, 'marks_' || g.child, 'claims_' || g.child, 'closures_' || g.child))
    from ${schema}.generations g where g.reclaimed_at is null order by g.segment;
end $awa$;

-- register and move are two transactions. A crash between them leaves a registered segment for the next move.
create or replace function ${schema}.register() returns text
language plpgsql as $awa$
declare
  v bigint; v_child int; v_any boolean;
begin
  select s.last_value into v from ${schema}.current_segment s;
  if exists (select from ${schema}.generations g where g.segment > v >> 8) then return 'Registered'; end if;
  case v & 255
-- awa:each-child
    when ${child} then v_any := exists (select from ${schema}.jobs_${child});
-- awa:end
  end case;
  if not v_any then return 'SkippedIdle'; end if;
  select c into v_child
    from generate_series(0, (select s.value::int from ${schema}.settings s where s.key = 'children') - 1) c
   where not exists (select from ${schema}.generations g where g.child = c and g.reclaimed_at is null)
   order by c limit 1;
  if v_child is null then return 'SkippedBusy'; end if;
  insert into ${schema}.generations (segment, child) values ((v >> 8) + 1, v_child) on conflict do nothing;
  return case when found then 'Registered' else 'SkippedBusy' end;
end $awa$;

-- setval is not undone by an abort: a mover that aborts after it has moved all the same, which is harmless, because the
-- registration it moves to is already committed.
create or replace function ${schema}.move() returns text
language plpgsql as $awa$
declare
  v bigint; v_now bigint; n record;
begin
  select s.last_value into v from ${schema}.current_segment s;
  perform from ${schema}.generations g where g.segment = v >> 8 for update;
  select s.last_value into v_now from ${schema}.current_segment s;
  if v_now <> v then return 'Idle'; end if;
  select g.segment, g.child into n from ${schema}.generations g
   where g.segment = (v >> 8) + 1 and g.sealed_at is null and g.reclaimed_at is null;
  if not found then return 'Idle'; end if;
  perform setval(format('%I.current_segment', ${schema_literal})::regclass, n.segment << 8 | n.child);
  return 'Rotated';
end $awa$;

-- Shuts late writers out. The lanes are read by the statement after the lock: its snapshot sees all who ever wrote.
create or replace function ${schema}.seal(p_segment bigint, out outcome text, out relation text)
language plpgsql as $awa$
declare
  v_child int; v_lanes int[]; v_current bigint;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'seal needs READ COMMITTED: an older snapshot would miss late writers' using errcode = '25001';
  end if;
  select s.last_value >> 8 into v_current from ${schema}.current_segment s;
  outcome := 'Idle';
  if p_segment >= v_current then return; end if;
  select g.child into v_child from ${schema}.generations g where g.segment = p_segment and g.sealed_at is null for update;
  if not found then return; end if;
  relation := 'jobs_' || v_child;
  begin
    case v_child
-- awa:each-child
      when ${child} then lock table ${schema}.jobs_${child} in share mode nowait;
-- awa:end
    end case;
  exception when lock_not_available then
    outcome := 'Blocked';
    return;
  end;
  case v_child
-- awa:each-child
    when ${child} then
      v_lanes := array(select l.lane from ${schema}.lanes l
                        where exists (select from ${schema}.jobs_${child} j
                                       where j.pos > l.lane::bigint << 41 and j.pos < (l.lane::bigint + 1) << 41)
                        order by l.lane);
-- awa:end
  end case;
  update ${schema}.generations set sealed_at = clock_timestamp(), lanes = v_lanes where segment = p_segment;
  outcome := 'Sealed';
end $awa$;

-- awa:each-child
-- The first claim at or after p_low of a lane that still has an open member; null where none has. No claim below `after`
-- was open then: it is read before the claims are, so one that comes meanwhile (a release puts its jobs back) lies behind.
create or replace function ${schema}.open_claim_${child}(p_lane int, p_low bigint, out open bigint, out after bigint)
language plpgsql as $awa$
begin
  select c.no + 1 into after from ${schema}.claims_${child} c where c.lane = p_lane order by c.no desc limit 1;
  after := coalesce(after, 1);
  select c.no into open from ${schema}.claims_${child} c
   where c.lane = p_lane and c.no >= p_low
     and c.n > (select coalesce(sum(bit_count(z.members)), 0) from ${schema}.closures_${child} z
                 where z.lane = c.lane and z.no = c.no)
   order by c.no limit 1;
end $awa$;

create or replace function ${schema}.finish_${child}(p_segment bigint, p_lanes int[], p_lows bigint[]) returns boolean
language plpgsql as $awa$
begin
  update ${schema}.generations g set finished_at = clock_timestamp()
   where g.segment = p_segment and g.sealed_at is not null and g.finished_at is null and g.reclaimed_at is null
     and not exists (select from unnest(g.lanes) l(lane)
                      where not exists (select from ${schema}.exhausted e where e.segment = g.segment and e.lane = l.lane))
     and not exists (select from unnest(g.lanes) l(lane) cross join lateral ${schema}.tail_${child}(l.lane) z
                      where not isempty(z.old) or not isempty(z.young))
     and not exists (select from unnest(g.lanes) l(lane)
                       left join unnest(p_lanes, p_lows) w(lane, low) on w.lane = l.lane
                      cross join lateral (
                        select from ${schema}.claims_${child} c
                         where c.lane = l.lane and c.no >= coalesce(w.low, 0)
                           and c.n > (select coalesce(sum(bit_count(z.members)), 0) from ${schema}.closures_${child} z
                                       where z.lane = c.lane and z.no = c.no)
                         order by c.no limit 1) x);
  return found;
end $awa$;
-- awa:end

-- Records that nothing in a sealed segment is live, or says why not. p_lanes and p_lows are what the last call of the
-- same leader answered: claims of a lane below its low are all closed, which is final, so no pass reads them again.
-- A leader forgets its lows when its connection breaks: an unsynced closure may have gone with the server.
-- outcome: Finished, SkippedActive with the reason (available: jobs to offer; open: a claim with an open member), Idle.
create or replace function ${schema}.finish(p_segment bigint, p_lanes int[], p_lows bigint[],
  out outcome text, out reason text, out lanes int[], out lows bigint[])
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off
as $awa$
declare
  g record; o record; v_lane int; v_status text; v_done boolean; v_low bigint;
begin
  outcome := 'Idle';
  select x.child, x.lanes into g from ${schema}.generations x
   where x.segment = p_segment and x.sealed_at is not null and x.finished_at is null and x.reclaimed_at is null;
  if not found then return; end if;
  outcome := 'SkippedActive';
  lanes := '{}'; lows := '{}';
  if exists (select from unnest(g.lanes) l(lane)
              where not exists (select from ${schema}.exhausted e where e.segment = p_segment and e.lane = l.lane)) then
    reason := 'available'; lanes := p_lanes; lows := p_lows;
    return;
  end if;
  foreach v_lane in array g.lanes loop
    v_low := coalesce((select w.low from unnest(p_lanes, p_lows) w(lane, low) where w.lane = v_lane), 0);
    case g.child
-- awa:each-child
      when ${child} then o := ${schema}.open_claim_${child}(v_lane, v_low);
-- awa:end
    end case;
    lanes := lanes || v_lane;
    lows := lows || coalesce(o.open, o.after);
    if o.open is not null then reason := 'open'; end if;
  end loop;
  if reason is not null then return; end if;
  case g.child
-- awa:each-child
    when ${child} then v_done := ${schema}.finish_${child}(p_segment, lanes, lows);
-- awa:end
  end case;
  if v_done then outcome := 'Finished'; else reason := 'available'; end if;
end $awa$;

-- Lanes of a sealed segment that are not exhausted although nothing is left to offer: their last job was cancelled, or
-- their queue is paused or has no worker. Each needs claim_lane(p_take = false) in a transaction of its own.
create or replace function ${schema}.unexhausted(p_segment bigint) returns int[]
language sql stable as $awa$
  select array(select l.lane from ${schema}.generations g, unnest(g.lanes) l(lane)
                where g.segment = p_segment and g.sealed_at is not null and g.finished_at is null
                  and not exists (select from ${schema}.exhausted e where e.segment = g.segment and e.lane = l.lane)
                order by l.lane)
$awa$;

create or replace function ${schema}.exhaust(p_lane int, p_nonce bigint) returns text
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set enable_sort = off set max_parallel_workers_per_gather = 0
as $awa$
begin
  return (${schema}.claim_lane(p_lane, 1, 0, p_nonce, false, null)).status;
end $awa$;

-- Takes the children's locks for a prune, in their order. p_wait_ms: how long it may wait for all of them together; 0: not
-- at all. Whoever wants one of them meanwhile waits as long at most. Answers whose lock was refused, with none of them held.
create or replace function ${schema}.lock_children(p_relations text[], p_wait_ms int) returns text
language plpgsql as $awa$
declare
  v_relation text; v_left int; v_timeout constant text := current_setting('lock_timeout');
  v_until constant timestamptz := clock_timestamp() + p_wait_ms * interval '1 millisecond';
begin
  begin
    foreach v_relation in array p_relations loop
      v_left := case when p_wait_ms > 0 then (date_part('epoch', v_until - clock_timestamp()) * 1000)::int else 0 end;
      if v_left > 0 then perform set_config('lock_timeout', v_left || 'ms', true); end if;
      execute format('lock table %I.%I in access exclusive mode', ${schema_literal}, v_relation)
           || case when v_left > 0 then '' else ' nowait' end;
    end loop;
  exception when lock_not_available then
    return v_relation;
  end;
  if p_wait_ms > 0 then perform set_config('lock_timeout', v_timeout, true); end if;
  return null;
end $awa$;

-- Empty tables are left alone: a TRUNCATE would rewrite their catalogue rows for nothing. p_wait_ms: of lock_children.
create or replace function ${schema}.prune(p_segment bigint, p_retention interval, p_wait_ms int default 0,
  out outcome text, out relation text)
language plpgsql as $awa$
declare
  k int;
begin
  outcome := 'Idle';
  select g.child into k from ${schema}.generations g
   where g.segment = p_segment and g.finished_at <= clock_timestamp() - p_retention and g.reclaimed_at is null for update;
  if not found then return; end if;
  relation := ${schema}.lock_children(array['jobs_' || k, 'marks_' || k, 'claims_' || k, 'closures_' || k], p_wait_ms);
  if relation is not null then
    outcome := 'Blocked';
    return;
  end if;
  case k
-- awa:each-child
    when ${child} then
      truncate ${schema}.jobs_${child}, ${schema}.claims_${child}, ${schema}.closures_${child};
      if exists (select from ${schema}.marks_${child}) then truncate ${schema}.marks_${child}; end if;
-- awa:end
  end case;
  delete from ${schema}.exhausted e where e.segment = p_segment;
  update ${schema}.generations set reclaimed_at = clock_timestamp() where segment = p_segment;
  outcome := 'Pruned';
end $awa$;
