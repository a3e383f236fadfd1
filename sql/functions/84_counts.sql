-- How many jobs there are and how fast they go. Each count examines at most p_cap rows of one index and says whether that
-- was all of them (exact); otherwise it is a lower bound, for available jobs an upper one. Rows and what ended of them are
-- read as two ranges, not as a probe a row, wherever the ranges are short. Locks nothing beyond the reads.
--
-- Invariants
--   N1  counts() reads statement by statement. In ONE snapshot (REPEATABLE READ, as the library asks) a job is counted once,
--       in the state it had at that moment; at READ COMMITTED one that moves on meanwhile may be counted twice or not at all.
--   N2  A TRUNCATE empties a table for older snapshots too (S15). An answer that may have met one says so, by a row without
--       a queue, and is to be thrown away.

-- awa:each-store
-- Live entries of a state (s: of all that wait for their time), of the newest or latest p_cap; the row without a lane has
-- how many were examined. Where these lie close together, so do their endings, and are read in one go.
create or replace function ${schema}.count_live_${store}(p_state "char", p_cap int)
returns table (lane int, state "char", n bigint)
language plpgsql set jit = off set enable_nestloop = off set enable_hashjoin = on
as $awa$
declare
  e record;
begin
  if p_state = 's' then
    select array_agg(y.entry) as entries, array_agg(y.lane) as lanes, array_agg(y.state) as states, min(y.entry) as low,
           max(y.entry) as high, count(*) as n
      into e from (select z.entry, z.lane, z.state from ${schema}.entries_${store} z where z.state in ('s', 't', 'z')
                    order by z.due_at desc, z.entry desc limit p_cap) y;
  else
    select array_agg(y.entry) as entries, array_agg(y.lane) as lanes, array_agg(y.state) as states, min(y.entry) as low,
           max(y.entry) as high, count(*) as n
      into e from (select z.entry, z.lane, z.state from ${schema}.entries_${store} z
                    where z.state = p_state and z.state in ('f', 'd', 'x', 'h', 'w', 'k')
                    order by z.entry desc limit p_cap) y;
  end if;
  if e.high - e.low < 10 * e.n then
    return query
    select y.lane, y.state, count(*) filter (where x.entry is null)
      from unnest(e.entries, e.lanes, e.states) y(entry, lane, state)
      left join (select z.entry from ${schema}.endings_${store} z where z.entry >= e.low and z.entry <= e.high) x
        on x.entry = y.entry
     group by 1, 2;
  elsif e.n > 0 then
    return query
    select y.lane, y.state,
           count(*) filter (where (select x.outcome from ${schema}.endings_${store} x where x.entry = y.entry) is null)
      from unnest(e.entries, e.lanes, e.states) y(entry, lane, state) group by 1, 2;
  end if;
  return query select null::int, p_state, e.n;
end $awa$;
-- awa:end

create or replace function ${schema}.count_live(p_store int, p_state "char", p_cap int)
returns table (lane int, state "char", n bigint) language plpgsql as $awa$
begin
  case p_store
-- awa:each-store
    when ${store} then return query select * from ${schema}.count_live_${store}(p_state, p_cap);
-- awa:end
  end case;
end $awa$;

-- awa:each-child
-- Members of a lane's newest claims that are still open: what was claimed, less what was closed, from one claim on.
create or replace function ${schema}.count_open_${child}(p_lane int, p_cap int, out n bigint, out exact boolean)
language plpgsql as $awa$
declare
  v_from bigint; v_rows int; v_low bigint;
begin
  v_from := coalesce((select c.no from ${schema}.claims_${child} c where c.lane = p_lane order by c.no desc limit 1), 0) - p_cap;
  select count(*), min(y.no) into v_rows, v_low
    from (select k.no from ${schema}.closures_${child} k where k.lane = p_lane and k.no > v_from
           order by k.no desc, k.part desc limit p_cap) y;
  -- Claims in many parts: only those all of whose parts were seen.
  if v_rows = p_cap then v_from := greatest(v_from, v_low); end if;
  n := coalesce((select sum(c.n) from ${schema}.claims_${child} c where c.lane = p_lane and c.no > v_from), 0)
     - coalesce((select sum(bit_count(k.members)) from ${schema}.closures_${child} k where k.lane = p_lane and k.no > v_from), 0);
  exact := v_from <= 0;
end $awa$;

-- Jobs of a lane that wait to be claimed, and how many rows were examined, p_cap at most of each kind: jobs above what the
-- claims have passed and in the holes, less those with a mark.
create or replace function ${schema}.count_waiting_${child}(p_lane int, p_cap int, out n bigint, out examined bigint)
language plpgsql as $awa$
declare
  t record; v_jobs bigint; v_marks bigint; v_end bigint := (p_lane::bigint + 1) << 41;
begin
  t := ${schema}.tail_${child}(p_lane);
  select count(*) into v_jobs from (
    select from (select lower(r) as low, upper(r) as high from unnest(t.old + t.young) r
                  union all select t.high + 1, v_end) r
     cross join lateral (select from ${schema}.jobs_${child} j where j.pos >= r.low and j.pos < r.high
                          order by j.pos limit p_cap) y limit p_cap) z;
  select count(*) into v_marks from (
    select from (select lower(r) as low, upper(r) as high from unnest(t.old + t.young) r
                  union all select t.high + 1, v_end) r
     cross join lateral (select from ${schema}.marks_${child} m where m.pos >= r.low and m.pos < r.high
                          order by m.pos limit p_cap) y limit p_cap) z;
  n := v_jobs - v_marks; examined := greatest(v_jobs, v_marks);
end $awa$;

-- How many members of the lane's newest claims ended since a moment, and since when that can be told.
create or replace function ${schema}.ended_${child}(p_lane int, p_since timestamptz, p_cap int, out n bigint,
  out since timestamptz) language plpgsql as $awa$
begin
  select coalesce(sum(z.ended), 0), case when count(*) = p_cap then greatest(p_since, min(c.claimed_at)) else p_since end
    into n, since
    from (select y.no, y.claimed_at from ${schema}.claims_${child} y where y.lane = p_lane order by y.no desc limit p_cap) c
   cross join lateral (
     select sum(case when length(k.outcomes) > 1 then length(replace(k.outcomes, 'r', ''))
                     when k.outcomes = 'r' then 0 else bit_count(k.members) end) as ended
       from ${schema}.closures_${child} k where k.lane = p_lane and k.no = c.no and k.at >= p_since) z;
end $awa$;
-- awa:end

-- A lane's available jobs: counted, or where that would take p_cap rows or more its depth, with examined = p_cap.
create or replace function ${schema}.count_waiting(p_lane int, p_cap int, out n bigint, out examined bigint)
language plpgsql as $awa$
declare
  g record; c record;
begin
  n := 0; examined := 0;
  for g in select x.child from ${schema}.generations x where x.reclaimed_at is null and x.finished_at is null loop
    exit when examined >= p_cap;
    case g.child
-- awa:each-child
      when ${child} then c := ${schema}.count_waiting_${child}(p_lane, (p_cap - examined)::int);
-- awa:end
    end case;
    n := n + c.n; examined := examined + c.examined;
  end loop;
  if examined >= p_cap then
    n := ${schema}.lane_depth(p_lane); examined := p_cap;
  end if;
end $awa$;

-- Jobs by queue and state, of one queue or (null) all. Completed jobs are not counted: they are history.
create or replace function ${schema}.counts(p_queue text, p_cap int) returns table (queue text, state text, n bigint,
  exact boolean)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
#variable_conflict use_column
declare
  l record; g record; c record; v_state "char"; v_left bigint; v_waiting bigint := p_cap;
  v_names text[] := '{}'; v_states text[] := '{}'; v_counts bigint[] := '{}'; v_short text[] := '{}'; v_exact boolean[] := '{}';
begin
  for l in select x.lane, q.name from ${schema}.lanes x join ${schema}.queues q on q.queue = x.queue
            where p_queue is null or q.name = p_queue loop
    c := ${schema}.count_waiting(l.lane, v_waiting::int);
    v_names := v_names || l.name; v_states := v_states || 'available'::text; v_counts := v_counts || c.n;
    -- Without anything left to examine, and nothing there: exact all the same.
    v_exact := v_exact || (c.examined < v_waiting or c.n = 0);
    v_waiting := v_waiting - c.examined;
    for g in select x.child from ${schema}.generations x where x.reclaimed_at is null and x.finished_at is null loop
      case g.child
-- awa:each-child
        when ${child} then c := ${schema}.count_open_${child}(l.lane, p_cap);
-- awa:end
      end case;
      v_names := v_names || l.name; v_states := v_states || 'running'::text; v_counts := v_counts || c.n;
      v_exact := v_exact || c.exact;
    end loop;
  end loop;
  foreach v_state in array array['s', 'f', 'd', 'x', 'h', 'w', 'k']::"char"[] loop
    v_left := p_cap;
    for g in select x.child from ${schema}.stores x where x.reclaimed_at is null order by x.store desc loop
      for c in select * from ${schema}.count_live(g.child, v_state, v_left::int) loop
        if c.lane is null then
          v_left := v_left - c.n;
        else
          v_names := v_names || (select q.name from ${schema}.lanes x join ${schema}.queues q on q.queue = x.queue
                                  where x.lane = c.lane);
          v_states := v_states || ${schema}.state_name(c.state); v_counts := v_counts || c.n; v_exact := v_exact || true;
        end if;
      end loop;
      exit when v_left <= 0;
    end loop;
    -- What was cut short may have missed the rest of any queue.
    if v_left <= 0 then
      v_short := v_short || case v_state when 's' then array['scheduled', 'retrying', 'snoozed']
                                         else array[${schema}.state_name(v_state)] end;
    end if;
  end loop;
  return query
  select y.name, y.state, sum(y.n)::bigint, bool_and(y.exact) and not y.state = any (v_short)
    from unnest(v_names, v_states, v_counts, v_exact) y(name, state, n, exact)
   where p_queue is null or y.name = p_queue group by 1, 2 order by 1, 2;
  if ${schema}.emptied(array[                                                                             -- N2
-- awa:each-store
    'entries_${store}',
-- awa:end
-- awa:each-child
    'jobs_${child}', 'claims_${child}',
-- awa:end
    'generations']) then
    queue := null;
    return next;
  end if;
end $awa$;

-- A queue at a glance: jobs waiting, since when the oldest does, how many ended in how many microseconds lately.
create or replace function ${schema}.flow(p_queue text, out depth bigint, out head_us bigint, out now_us bigint,
  out ended bigint, out window_us bigint)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set enable_sort = off set max_parallel_workers_per_gather = 0
as $awa$
declare
  l record; g record; e record; v_head bigint; v_now timestamptz := clock_timestamp();
  v_since timestamptz := v_now - interval '1 minute'; v_from timestamptz := v_since;
begin
  now_us := (date_part('epoch', v_now) * 1e6)::bigint;
  depth := 0; ended := 0;
  for l in select x.lane from ${schema}.queues q join ${schema}.lanes x on x.queue = q.queue where q.name = p_queue loop
    depth := depth + ${schema}.lane_depth(l.lane);
    v_head := nullif(${schema}.lane_head(l.lane), 0);
    head_us := least(head_us, v_head);
    for g in select x.child from ${schema}.generations x
              where x.reclaimed_at is null and (x.finished_at is null or x.finished_at > v_since) loop
      case g.child
-- awa:each-child
        when ${child} then e := ${schema}.ended_${child}(l.lane, v_since, 2000);
-- awa:end
      end case;
      ended := ended + e.n;
      v_from := greatest(v_from, e.since);
    end loop;
  end loop;
  window_us := greatest(1, (date_part('epoch', v_now - v_from) * 1e6)::bigint);
end $awa$;
