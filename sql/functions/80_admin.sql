-- What operators and start-up ask. Every read is bounded: ledger tails, index probes, no backlog and no history.

create or replace function ${schema}.pause(p_queue text, p_by text) returns boolean
language sql volatile as $awa$
  update ${schema}.queues set paused_at = clock_timestamp(), paused_by = p_by
   where name = p_queue and paused_at is null returning true
$awa$;

create or replace function ${schema}.resume(p_queue text) returns boolean
language sql volatile as $awa$
  update ${schema}.queues set paused_at = null, paused_by = null
   where name = p_queue and paused_at is not null returning true
$awa$;

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
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set enable_sort = off
as $awa$
begin
  return query
  select l.priority::int, ${schema}.lane_depth(l.lane), ${schema}.lane_head(l.lane)
    from ${schema}.queues q join ${schema}.lanes l on l.queue = q.queue where q.name = p_queue order by l.priority;
end $awa$;

-- One job in any state; no row where it is unknown or forgotten. It lives in one place: an entry without an ending, or a
-- position. The first claim that can hold a position is found by bisection: `high` ascends with `no`.
create or replace function ${schema}.job(p_id bigint) returns table (state text, queue text, priority int, kind text,
  attempt int, max_attempts int, available_at timestamptz, claimed_at timestamptz, ended_at timestamptz, error text,
  args text, extras text)
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off
as $awa$
#variable_conflict use_column
declare
  g record; e record; j record; v record;
begin
  select null::timestamptz as claimed_at, null::timestamptz as ended_at, null::text as outcome into v;
  select x.* into e from ${schema}.entries_of(p_id) x where x.outcome is null order by x.entry desc limit 1;
  if e.entry is not null then
    select q.name, l.priority, k.name into queue, priority, kind
      from ${schema}.lanes l join ${schema}.queues q on q.queue = l.queue join ${schema}.kinds k on k.kind = e.kind
     where l.lane = e.lane;
    state := ${schema}.state_name(e.state); attempt := e.attempt; max_attempts := e.max_attempts;
    available_at := coalesce(e.due_at, e.created_at);
    ended_at := case when e.state in ('f', 'd', 'x') then e.created_at end;
    error := case when e.extras #> '{errors,-1}' is not null
      then concat_ws(': ', e.extras #>> '{errors,-1,class}', nullif(e.extras #>> '{errors,-1,message}', '')) end; args := e.args::text; extras := e.extras::text;
    return next;
    return;
  end if;
  for g in select x.segment, x.child from ${schema}.generations x where x.reclaimed_at is null order by x.segment desc loop
    case g.child
-- awa:each-child
      when ${child} then
        select x.*, exists (select from ${schema}.marks_${child} m where m.pos = x.pos) as marked into j
          from (select * from ${schema}.jobs_${child} y where y.origin = p_id
                 union all select * from ${schema}.jobs_${child} y where y.pos = p_id) x order by x.pos desc limit 1;
        if found and not j.marked then v := ${schema}.fate_${child}((j.pos >> 41)::int, j.pos); end if;
-- awa:end
    end case;
    exit when j.pos is not null;
  end loop;
  if j.pos is null then return; end if;
  select q.name, l.priority, k.name into queue, priority, kind
    from ${schema}.lanes l join ${schema}.queues q on q.queue = l.queue join ${schema}.kinds k on k.kind = j.kind
   where l.lane = (j.pos >> 41)::int;
  max_attempts := j.max_attempts; available_at := j.available_at; args := j.args::text; extras := j.extras::text;
  claimed_at := v.claimed_at; ended_at := v.ended_at;
  attempt := j.attempt + case when v.claimed_at is null then 0 else 1 end;
  state := case when j.marked then 'cancelled' when v.outcome is not null then ${schema}.state_name(v.outcome::"char")
                when v.claimed_at is not null then 'running' else 'available' end;
  return next;
end $awa$;

create or replace function ${schema}.state_name(p_state "char") returns text
language sql immutable as $awa$
  select case p_state when 's' then 'scheduled' when 't' then 'retrying' when 'z' then 'snoozed' when 'h' then 'running'
                      when 'w' then 'waiting' when 'f' then 'failed' when 'd' then 'dead' when 'x' then 'cancelled'
                      when 'c' then 'completed' when 'g' then 'purged' when 'i' then 'requested' end
$awa$;

-- Every entry of a job that is still stored, with its ending, oldest first.
create or replace function ${schema}.entries_of(p_id bigint) returns table (store int, entry bigint, created_at timestamptz,
  due_at timestamptz, until timestamptz, lane int, kind int, worker int, attempt int, max_attempts int, state "char",
  args json, extras jsonb, outcome "char", ended_at timestamptz)
language plpgsql as $awa$
begin
  return query
  select * from (
    select 0, 0::bigint, null::timestamptz, null::timestamptz, null::timestamptz, 0, 0, 0, 0, 0, null::"char", null::json,
           null::jsonb, null::"char", null::timestamptz where false
-- awa:each-store
     union all
    select ${store}, e.entry, e.created_at, e.due_at, e.until, e.lane, e.kind, e.worker, e.attempt::int,
           e.max_attempts::int, e.state, e.args, e.extras, x.outcome, x.at
      from ${schema}.entries_${store} e left join ${schema}.endings_${store} x on x.entry = e.entry where e.origin = p_id
-- awa:end
  ) y order by 2;
end $awa$;

-- awa:each-child
create or replace function ${schema}.fate_${child}(p_lane int, p_pos bigint,
  out claimed_at timestamptz, out ended_at timestamptz, out outcome text)
language plpgsql as $awa$
declare
  t record; c record; z record; v_low bigint := 1; v_high bigint; v_mid bigint; v_mark bigint;
begin
  t := ${schema}.tail_${child}(p_lane);
  -- Waiting, and no later claim can have it: the search would read them all.
  if p_pos > t.high or t.old @> p_pos or t.young @> p_pos then return; end if;
  v_high := t.no;
  while v_low < v_high loop
    v_mid := (v_low + v_high) / 2;
    select x.high into v_mark from ${schema}.claims_${child} x where x.lane = p_lane and x.no = v_mid;
    if v_mark >= p_pos then v_high := v_mid; else v_low := v_mid + 1; end if;
  end loop;
  loop
    -- One row a statement: a cursor would fetch ten, and search the rest of the ledger for them.
    select x.no, x.claimed_at, x.members into c from ${schema}.claims_${child} x
     where x.lane = p_lane and x.no >= v_low and x.members @> p_pos order by x.no limit 1;
    if not found then return; end if;
    select x.at, case when length(x.outcomes) = 1 then x.outcomes
                      else substr(x.outcomes, bit_count(substring(x.members for y.o + 1))::int, 1) end as outcome into z
      from (select ${schema}.ordinal(c.members, p_pos) as o) y
      join ${schema}.closures_${child} x on x.lane = p_lane and x.no = c.no and get_bit(x.members, y.o) = 1;
    if not found then
      claimed_at := c.claimed_at;
      return;
    elsif z.outcome <> 'r' then
      claimed_at := c.claimed_at; ended_at := z.at; outcome := z.outcome;
      return;
    end if;
    v_low := c.no + 1;
  end loop;
end $awa$;
-- awa:end

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
