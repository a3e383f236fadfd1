-- What slows producers: how much waits in a queue, and how far its claims have come. Read many times a second while
-- producers are at work, so a few index probes a lane, whatever the backlog and the history; locks nothing beyond the reads.
--
-- Invariants
--   B1  depth is an upper bound of the jobs that can be claimed, and becomes 0 when the last of them is claimed, whatever
--       producers aborted and without another claim: holes are counted by the jobs in them. A producer that waits for a
--       depth would wait for ever for one that only the next job's claim could correct.
--   B2  passed grows by one for each job that leaves the queue. It falls back where the newest segment has no claim yet,
--       and when jobs are put back: who takes differences keeps the highest of each lane.

-- Jobs in holes are counted where they are fewer than this; beyond it the width of the holes stands for them.
create or replace function ${schema}.lane_pressure(p_lane int, out depth bigint, out passed bigint)
language plpgsql as $awa$
declare
  g record; t record; v_first bigint; v_last bigint; v_back bigint; v_cap constant int := 4096;
  v_base bigint := p_lane::bigint << 41; v_end bigint := (p_lane::bigint + 1) << 41;
begin
  depth := 0; passed := 0;
  for g in select x.segment, x.child from ${schema}.generations x
            where x.reclaimed_at is null and x.finished_at is null order by x.segment loop
    v_back := 0;
    case g.child
-- awa:each-child
      when ${child} then
        t := ${schema}.tail_${child}(p_lane);
        v_first := (select j.pos from ${schema}.jobs_${child} j where j.pos > v_base and j.pos < v_end order by j.pos limit 1);
        v_last := (select j.pos from ${schema}.jobs_${child} j where j.pos > v_base and j.pos < v_end order by j.pos desc limit 1);
        if v_first is not null and not isempty(t.old + t.young) then
          select count(*) into v_back from (
            select from unnest((t.old + t.young) * int8multirange(int8range(v_first, v_last, '[]'))) r
             cross join lateral (select from ${schema}.jobs_${child} j where j.pos >= lower(r) and j.pos < upper(r)
                                  order by j.pos limit v_cap) y limit v_cap) z;
          if v_back = v_cap then
            select sum(upper(r) - lower(r)) into v_back
              from unnest((t.old + t.young) * int8multirange(int8range(v_first, v_last, '[]'))) r;
          end if;
        end if;
-- awa:end
    end case;
    passed := greatest(passed, t.high - v_base) - v_back;
    continue when v_first is null;
    depth := depth + greatest(0, v_last - greatest(t.high, v_first - 1)) + v_back;                               -- B1
  end loop;
end $awa$;

-- One row a lane; none where the queue is unknown. now_us: when it was read, by the database's clock.
create or replace function ${schema}.pressure(p_queue text) returns table (lane int, depth bigint, passed bigint, now_us bigint)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set enable_sort = off set max_parallel_workers_per_gather = 0
as $awa$
begin
  return query
  select l.lane, p.depth, p.passed, (date_part('epoch', clock_timestamp()) * 1e6)::bigint
    from ${schema}.queues q join ${schema}.lanes l on l.queue = q.queue
   cross join lateral ${schema}.lane_pressure(l.lane) p where q.name = p_queue;
end $awa$;

-- Jobs of a queue that wait for a place of their concurrency key: put aside, so in none of its lanes. Counted among the 4,096
-- newest of all queues, so exact up to there and at least as many beyond. Who is given a place between this and a look at
-- the lanes is in one of the two, in both or in none; the next look finds it.
create or replace function ${schema}.gated(p_queue text) returns bigint
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set max_parallel_workers_per_gather = 0
as $awa$
declare
  s record; c record; v_left bigint := 4096; v_gated bigint := 0;
  v_lanes int[] := array(select l.lane from ${schema}.queues q join ${schema}.lanes l on l.queue = q.queue where q.name = p_queue);
begin
  for s in select x.child from ${schema}.open_stores() x order by x.store desc loop
    for c in select x.lane, x.n from ${schema}.count_live(s.child, 'k', v_left::int) x loop
      if c.lane is null then
        v_left := v_left - c.n;
      elsif c.lane = any (v_lanes) then
        v_gated := v_gated + c.n;
      end if;
    end loop;
    exit when v_left <= 0;
  end loop;
  return v_gated;
end $awa$;
