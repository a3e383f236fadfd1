-- How many jobs there are and how fast they go. Each count examines at most p_cap rows of one index and says whether that
-- was all of them (exact); otherwise it is a lower bound. Locks nothing beyond the reads.

-- awa:each-store
create or replace function ${schema}.count_store_${store}(p_cap int) returns table (lane int, state "char", n bigint,
  exact boolean) language plpgsql as $awa$
begin
  return query
  select y.lane, y.state, count(*) filter (where y.live), y.total < p_cap
    from (select e.lane, e.state, count(*) over () as total,
                 not exists (select from ${schema}.endings_${store} x where x.entry = e.entry) as live
            from (select * from ${schema}.entries_${store} z where z.state in ('s', 't', 'z')
                   order by z.due_at desc limit p_cap) e) y
   group by y.lane, y.state, y.total
   union all
  select y.lane, y.state, count(*) filter (where y.live), y.total < p_cap
    from unnest(array['f', 'd', 'x', 'h', 'w']::"char"[]) s(state)
   cross join lateral (
          select e.lane, e.state, count(*) over () as total,
                 not exists (select from ${schema}.endings_${store} x where x.entry = e.entry) as live
            from (select * from ${schema}.entries_${store} z
                   where z.state = s.state and z.state in ('f', 'd', 'x', 'h', 'w')
                   order by z.entry desc limit p_cap) e) y
   group by y.lane, y.state, y.total;
end $awa$;
-- awa:end

-- awa:each-child
create or replace function ${schema}.count_open_${child}(p_lane int, p_cap int, out n bigint, out exact boolean)
language plpgsql as $awa$
begin
  select coalesce(sum(c.n - coalesce(z.closed, 0)), 0), count(*) < p_cap into n, exact
    from (select y.no, y.n from ${schema}.claims_${child} y where y.lane = p_lane order by y.no desc limit p_cap) c
   cross join lateral (select sum(bit_count(k.members)) as closed from ${schema}.closures_${child} k
                        where k.lane = p_lane and k.no = c.no) z;
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

-- Jobs by queue and state, of one queue or (null) all. Completed jobs are not counted: they are history.
create or replace function ${schema}.counts(p_queue text, p_cap int) returns table (queue text, state text, n bigint,
  exact boolean)
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
#variable_conflict use_column
begin
  return query
  with l as materialized (
    select x.lane, q.name from ${schema}.lanes x join ${schema}.queues q on q.queue = x.queue
     where p_queue is null or q.name = p_queue),
  s as materialized (
    select null::int as lane, null::"char" as state, 0::bigint as n, true as exact where false
-- awa:each-store
     union all select * from ${schema}.count_store_${store}(p_cap)
-- awa:end
  ),
  o as materialized (
    select null::int as lane, 0::bigint as n, true as exact where false
-- awa:each-child
     union all
    select l.lane, c.n, c.exact from l cross join lateral ${schema}.count_open_${child}(l.lane, p_cap) c
     where exists (select from ${schema}.generations g where g.child = ${child} and g.reclaimed_at is null and g.finished_at is null)
-- awa:end
  )
  select y.name, y.state, sum(y.n)::bigint, bool_and(y.exact)
    from (select l.name, 'available' as state, ${schema}.lane_depth(l.lane) as n, true as exact from l
           union all select l.name, 'running', o.n, o.exact from o join l on l.lane = o.lane
           -- A part that was cut short may have missed the rest of any queue.
           union all select l.name, ${schema}.state_name(s.state), s.n,
                            (select bool_and(t.exact) from s t where (t.state in ('s', 't', 'z')) = (s.state in ('s', 't', 'z'))
                                and (t.state in ('s', 't', 'z') or t.state = s.state))
                       from s join l on l.lane = s.lane) y
   group by 1, 2 order by 1, 2;
end $awa$;

-- A queue at a glance: jobs waiting, since when the oldest does, how many ended in how many microseconds lately.
create or replace function ${schema}.flow(p_queue text, out depth bigint, out head_us bigint, out now_us bigint,
  out ended bigint, out window_us bigint)
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off
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
