-- What changes the ledger without taking jobs: release, and cancel of available jobs.
--
-- Invariants
--   I11 A ledger row with n = 0 is written by the same compare-and-set as a claim's; who has an old view loses.
--   I12 Released positions are back in the ledger before the exhaustion of their lane is withdrawn (I6), and their claim
--       was open until then, so the segment is neither finished nor reclaimed.
-- Lock order: closures (claims ascending), ledger rows (segment, lane ascending), exhausted or marks.
-- Both want a READ COMMITTED transaction of their own: in a caller's long transaction they would hold up its lanes.

-- Adds positions to the holes of a lane, takes others away. Answers what was there to take away; null where the segment
-- is gone. Loops until its row stands; each round sees the rival that beat the last one.
create or replace function ${schema}.adjust(p_segment bigint, p_child int, p_lane int, p_nonce bigint,
  p_add int8multirange, p_drop int8multirange) returns int8multirange
language plpgsql as $awa$
declare
  t record; v_won boolean; v_drop int8multirange;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'this needs READ COMMITTED' using errcode = '25001';
  end if;
  loop
    case p_child
-- awa:each-child
      when ${child} then t := ${schema}.tail_${child}(p_lane);
-- awa:end
    end case;
    v_drop := p_drop * (t.old + t.young + int8multirange(int8range(t.high, (p_lane::bigint + 1) << 41, '()')));
    if isempty(v_drop) and isempty(p_add) then return v_drop; end if;
    case p_child
-- awa:each-child
      when ${child} then
        v_won := ${schema}.take_${child}(p_segment, p_lane, t.no + 1, p_nonce, 0, t.high, 0, '{}',
                                         t.old + p_add - v_drop, t.young - v_drop, t.judge, clock_timestamp(), null);
-- awa:end
    end case;
    if v_won then return v_drop; end if;
    if not exists (select from ${schema}.generations g where g.segment = p_segment and g.reclaimed_at is null) then
      return null;
    end if;
  end loop;
end $awa$;

-- Gives unstarted members back: place and attempt are kept. Same items and answer as close; p_closer also names the
-- ledger rows.
create or replace function ${schema}.release(p_segments bigint[], p_lanes int[], p_nos bigint[], p_nonces bigint[],
  p_members text[], p_closer bigint) returns table (item int, accepted text, fresh text, again boolean)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
#variable_conflict use_column
declare
  r record; v_child int; v_items int[] := '{}'; v_fresh text[] := '{}'; v_add int8multirange; v_bits varbit;
  v_back int8multirange[] := '{}';
begin
  -- Phase 1: every closure, claims ascending. What an earlier call of this closer released is back already, and may be
  -- claimed again by now: only what is fresh goes into the ledger.
  for r in
    select c.item, c.accepted, c.fresh, c.again from ${schema}.close(p_segments, p_lanes, p_nos, p_nonces, p_members,
      array(select 'r' from unnest(p_segments)), p_closer, null, null, null, null, null, null) c
  loop
    item := r.item; accepted := r.accepted; fresh := r.fresh; again := r.again;
    return next;
    if position('1' in r.fresh) > 0 then
      v_items := v_items || r.item;
      v_fresh := v_fresh || r.fresh;
    end if;
  end loop;
  -- Phase 2: one ledger row a segment and lane, then the exhaustion goes.
  for r in
    select p_segments[v.item] as segment, p_lanes[v.item] as lane, array_agg(p_nos[v.item]) as nos,
           array_agg(v.fresh) as fresh
      from unnest(v_items, v_fresh) v(item, fresh) group by 1, 2 order by 1, 2
  loop
    select g.child into v_child from ${schema}.generations g where g.segment = r.segment and g.reclaimed_at is null;
    v_add := '{}';
    for i in 1 .. cardinality(r.nos) loop
      v_bits := r.fresh[i]::varbit;
      case v_child
-- awa:each-child
        when ${child} then v_add := v_add + coalesce(${schema}.members_${child}(r.lane, r.nos[i], v_bits), '{}');
-- awa:end
      end case;
    end loop;
    perform ${schema}.adjust(r.segment, v_child, r.lane, p_closer, v_add, '{}');
    delete from ${schema}.exhausted e where e.segment = r.segment and e.lane = r.lane;        -- I12
  end loop;
end $awa$;

-- Takes available jobs out of their lanes by position: cancelled (x), moved (m: the caller puts a copy elsewhere) or
-- deleted (g). Answers those this call took; the others are claimed, ended, taken already, or unknown. The ledger row
-- decides, the mark keeps the job from being offered.
create or replace function ${schema}.cancel(p_positions bigint[], p_nonce bigint, p_why "char" default 'x')
returns bigint[]
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off
as $awa$
declare
  g record; l record; v_here bigint[]; v_drop int8multirange; v_done bigint[] := '{}'; v_new bigint[];
begin
  for g in select x.segment, x.child from ${schema}.generations x
            where x.reclaimed_at is null and x.finished_at is null order by x.segment
  loop
    case g.child
-- awa:each-child
      when ${child} then v_here := array(
        select j.pos from ${schema}.jobs_${child} j where j.pos = any (p_positions)
           and not exists (select from ${schema}.marks_${child} m where m.pos = j.pos));
-- awa:end
    end case;
    for l in
      select (u.pos >> 41)::int as lane, range_agg(int8range(u.pos, u.pos, '[]')) as positions
        from unnest(v_here) u(pos) group by 1 order by 1
    loop
      v_drop := ${schema}.adjust(g.segment, g.child, l.lane, p_nonce, '{}', l.positions);
      continue when v_drop is null or isempty(v_drop);
      case g.child
-- awa:each-child
        when ${child} then
          with m as (
            insert into ${schema}.marks_${child} (pos, why)
            select u.pos, p_why from unnest(v_here) u(pos) where v_drop @> u.pos on conflict do nothing returning pos)
          select array_agg(m.pos) into v_new from m;
-- awa:end
      end case;
      v_done := v_done || coalesce(v_new, '{}');
    end loop;
  end loop;
  return v_done;
end $awa$;
