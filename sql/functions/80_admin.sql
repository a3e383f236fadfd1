-- What operators and start-up ask. Every read is bounded: ledger tails, index probes, no backlog and no history.
-- Lock order: a queue's row, and nothing behind it; repair, which is for a schema without workers: rows of generations and
-- stores, sequences.

create or replace function ${schema}.pause(p_queue text, p_by text) returns boolean
language sql volatile as $awa$
  update ${schema}.queues set paused_at = clock_timestamp(), paused_by = p_by
   where name = p_queue and paused_at is null returning true
$awa$;

-- Workers hear of it at once.
create or replace function ${schema}.resume(p_queue text) returns boolean
language plpgsql as $awa$
begin
  update ${schema}.queues set paused_at = null, paused_by = null where name = p_queue and paused_at is not null;
  if not found then return null; end if;
  perform pg_notify(${schema}.channel(), p_queue);
  return true;
end $awa$;

-- A queue's settings; times in milliseconds. No row where it is unknown.
create or replace function ${schema}.queue_settings(p_queue text) returns table (dead_letter boolean, backoff_ms bigint,
  backoff_max_ms bigint, deadline_ms bigint, keep_failed_ms bigint, keep_dead_ms bigint, keep_cancelled_ms bigint,
  aging_ms bigint, workers int, rate double precision, rate_burst int, rate_fleet boolean, key_limit int, paused_by text)
language sql stable as $awa$
  select q.dead_letter, q.backoff_ms, q.backoff_max_ms, q.deadline_ms,
         (date_part('epoch', q.keep_failed) * 1000)::bigint, (date_part('epoch', q.keep_dead) * 1000)::bigint,
         (date_part('epoch', q.keep_cancelled) * 1000)::bigint, (q.aging_seconds * 1000)::bigint,
         q.workers, q.rate, q.rate_burst, q.rate_fleet, q.key_limit, case when q.paused_at is not null then coalesce(q.paused_by, '') end
    from ${schema}.queues q where q.name = p_queue
$awa$;

-- Sets all of them; the queue is made where it is missing. What ended before keeps the retention it ended with. Running
-- workers hear of it, and look for themselves once a second.
create or replace function ${schema}.set_queue(p_queue text, p_dead_letter boolean, p_backoff_ms bigint,
  p_backoff_max_ms bigint, p_deadline_ms bigint, p_keep_failed_ms bigint, p_keep_dead_ms bigint, p_keep_cancelled_ms bigint,
  p_aging_ms bigint, p_workers int, p_rate double precision, p_rate_burst int, p_rate_fleet boolean,
  p_key_limit int) returns boolean
language plpgsql as $awa$
begin
  perform ${schema}.ensure_queue(p_queue);
  update ${schema}.queues
     set dead_letter = p_dead_letter, backoff_ms = p_backoff_ms, backoff_max_ms = p_backoff_max_ms,
         deadline_ms = p_deadline_ms, keep_failed = make_interval(secs => p_keep_failed_ms / 1000.0),
         keep_dead = make_interval(secs => p_keep_dead_ms / 1000.0),
         keep_cancelled = make_interval(secs => p_keep_cancelled_ms / 1000.0), aging_seconds = p_aging_ms / 1000.0,
         workers = p_workers, rate = p_rate, rate_burst = p_rate_burst, rate_fleet = p_rate_fleet, key_limit = p_key_limit
   where name = p_queue;
  if not found then return false; end if;
  perform pg_notify(${schema}.channel(), E'\x01settings');
  return true;
end $awa$;

-- How many positions of a lane's segments lie above what their claims have passed, and how many of their holes lie among
-- their jobs. Those of aborted producers between jobs, and of cancelled jobs, count until they are passed: an upper bound.
create or replace function ${schema}.lane_depth(p_lane int) returns bigint
language plpgsql as $awa$
declare
  g record; t record; v_first bigint; v_last bigint; v_holes bigint; v_depth bigint := 0;
begin
  for g in select x.segment, x.child from ${schema}.generations x
            where x.reclaimed_at is null and x.finished_at is null order by x.segment loop
    case g.child
-- awa:each-child
      when ${child} then
        t := ${schema}.tail_${child}(p_lane);
        v_first := (select j.pos from ${schema}.jobs_${child} j
                     where j.pos > p_lane::bigint << 41 and j.pos < (p_lane::bigint + 1) << 41 order by j.pos limit 1);
        v_last := (select j.pos from ${schema}.jobs_${child} j
                    where j.pos > p_lane::bigint << 41 and j.pos < (p_lane::bigint + 1) << 41 order by j.pos desc limit 1);
-- awa:end
    end case;
    continue when v_first is null;
    -- The first hole of a segment begins with the lane, far below the segment's own jobs.
    select coalesce(sum(upper(r) - lower(r)), 0) into v_holes
      from unnest((t.old + t.young) * int8multirange(int8range(v_first, v_last, '[]'))) r;
    v_depth := v_depth + greatest(0, v_last - greatest(t.high, v_first - 1)) + v_holes;
  end loop;
  return v_depth;
end $awa$;

create or replace function ${schema}.depth(p_queue text) returns table (priority int, depth bigint, head_us bigint)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set enable_sort = off
as $awa$
begin
  return query
  select l.priority::int, ${schema}.lane_depth(l.lane), ${schema}.lane_head(l.lane)
    from ${schema}.queues q join ${schema}.lanes l on l.queue = q.queue where q.name = p_queue order by l.priority;
end $awa$;

-- Start-up checks: what would let a lane go back over positions it has handed out, or a pointer to a segment where nobody
-- looks for new jobs. Logical replication and some restores do not carry sequence values. No row: all is well. Producers
-- and maintenance go on meanwhile, so what must be the smaller of two is read first. repair() mends what it names.
create or replace function ${schema}.check_lanes() returns table (problem text)
language plpgsql as $awa$
declare
  l record; v_last bigint; v_top bigint; v bigint; v_cache bigint;
begin
  loop
    select s.last_value into v from ${schema}.current_segment s;
    exit when ${schema}.is_current(v);
    if v = (select s.last_value from ${schema}.current_segment s) then
      problem := format('the pointer names segment %s in child %s, which takes no jobs', v >> 8, v & 255);
      return next;
      exit;
    end if;
  end loop;
  return query select * from ${schema}.check_store();
  for l in select x.lane from ${schema}.lanes x order by x.lane loop
    select s.seqcache into v_cache from pg_catalog.pg_sequence s where s.seqrelid = ${schema}.lane_sequence(l.lane);
    if v_cache <> 1 then
      problem := format('sequence lane_%s has CACHE %s, it must be 1', l.lane, v_cache);
      return next;
    end if;
    v_top := ${schema}.lane_top(l.lane);
    v_last := (l.lane::bigint << 41) | coalesce(pg_sequence_last_value(${schema}.lane_sequence(l.lane)), 0);
    if v_last < v_top then
      problem := format('sequence lane_%s stands at %s below position %s that the lane has used', l.lane, v_last, v_top);
      return next;
    end if;
  end loop;
end $awa$;

-- Whether a pointer names the newest segment, or the newest but one while the newest waits to be moved to; unsealed.
create or replace function ${schema}.is_current(p_cell bigint) returns boolean
language sql stable as $awa$
  select exists (
    select from ${schema}.generations g
     where g.segment = p_cell >> 8 and g.child = (p_cell & 255)::int and g.sealed_at is null and g.reclaimed_at is null
       and not exists (select from ${schema}.generations n
                        where n.segment > g.segment + 1
                           or n.segment = g.segment + 1 and (n.sealed_at is not null or n.reclaimed_at is not null)))
$awa$;

-- The highest position the lane is known to have used; jobs in the store keep theirs when their segment is gone.
create or replace function ${schema}.lane_top(p_lane int) returns bigint
language plpgsql as $awa$
declare
  g record; t record; v_top bigint; v_job bigint;
begin
  v_top := p_lane::bigint << 41;
-- awa:each-store
  v_top := greatest(v_top, (select e.origin from ${schema}.entries_${store} e
                             where e.origin > p_lane::bigint << 41 and e.origin < (p_lane::bigint + 1) << 41
                             order by e.origin desc limit 1));
-- awa:end
  for g in select x.child from ${schema}.generations x where x.reclaimed_at is null loop
    case g.child
-- awa:each-child
      when ${child} then
        t := ${schema}.tail_${child}(p_lane);
        v_job := (select j.pos from ${schema}.jobs_${child} j
                   where j.pos > p_lane::bigint << 41 and j.pos < (p_lane::bigint + 1) << 41 order by j.pos desc limit 1);
-- awa:end
    end case;
    v_top := greatest(v_top, t.high, v_job);
  end loop;
  return v_top;
end $awa$;

create or replace function ${schema}.repair() returns int
language plpgsql as $awa$
declare
  l record; g record; v bigint; v_top bigint; v_done int := 0;
begin
  select s.last_value into v from ${schema}.current_segment s;
  if not ${schema}.is_current(v) then
    select x.segment, x.child, x.sealed_at, x.reclaimed_at into g from ${schema}.generations x order by x.segment desc limit 1;
    if g.sealed_at is not null or g.reclaimed_at is not null then
      insert into ${schema}.generations (segment, child)
      select g.segment + 1, c
        from generate_series(0, (select s.value::int from ${schema}.settings s where s.key = 'children') - 1) c
       where not exists (select from ${schema}.generations x where x.child = c and x.reclaimed_at is null)
       order by c limit 1
      returning segment, child, sealed_at, reclaimed_at into strict g;
    end if;
    perform setval(format('%I.current_segment', ${schema_literal})::regclass, g.segment << 8 | g.child);
    v_done := v_done + 1;
  end if;
  v_done := v_done + ${schema}.repair_store();
  for l in select x.lane from ${schema}.lanes x order by x.lane loop
    if exists (select from pg_catalog.pg_sequence s
                where s.seqrelid = ${schema}.lane_sequence(l.lane) and s.seqcache <> 1) then
      execute format('alter sequence %I.%I cache 1', ${schema_literal}, 'lane_' || l.lane);
      v_done := v_done + 1;
    end if;
    v_top := ${schema}.lane_top(l.lane) & 2199023255551;
    if coalesce(pg_sequence_last_value(${schema}.lane_sequence(l.lane)), 0) < v_top then
      perform setval(${schema}.lane_sequence(l.lane), v_top);
      v_done := v_done + 1;
    end if;
  end loop;
  return v_done;
end $awa$;
