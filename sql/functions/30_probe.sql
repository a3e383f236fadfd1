-- awa:for-each-child
-- What a claim reads of one segment, and the row it writes there. Invariants stand in 40_claim.sql.
-- Lock order: the child's tables (ACCESS SHARE), the ledger row.

-- probe: rows, marks, the highest visible row and xmin come from ONE statement, so from one snapshot: the proof that a
-- hole is dead needs them together. Bodies are read in the same pass. Rows and positions ascend.
-- Bodies travel in one text, separated by U+001E, which valid JSON never holds raw. A large one (over 8 kB stored, or over
-- 64 kB once decompressed) is empty there; bodies() fetches it when its handler starts, so a claim's answer is bounded.
-- extras, where any row has some, likewise; they are bounded by a check. origins: ids of jobs that came back, null for
-- one that is here for the first time; no array where all are. deadline: the shortest any of the jobs asks for, in
-- ms. keys: concurrency keys of those that have one, in order; null where none has. OFFSET 0 keeps the look at the marks an index
-- probe a row: the planner's other form of it reads all of them.
-- Touches O(n + holes + marks passed) buffers whatever the backlog: each access is an index range with a LIMIT.
create or replace function ${schema}.probe_${child}(p_lane int, p_n int,
  out no bigint, out high bigint, out old int8multirange, out young int8multirange, out judge xid8,
  out p bigint[], out top bigint, out marks int8multirange, out xmin xid8,
  out meta bigint[], out available bigint[], out args text, out extras text, out origins bigint[], out deadline bigint, out keys text[])
language plpgsql as $awa$
declare
  v_back bigint;
  v_end bigint := (p_lane::bigint + 1) << 41;
  v_marked boolean;
begin
  select c.no, c.high, c.old, c.young, c.judge into no, high, old, young, judge
    from ${schema}.claims_${child} c where c.lane = p_lane order by c.no desc limit 1;
  if not found then
    no := 0; high := p_lane::bigint << 41; old := '{}'; young := '{}'; judge := '0';
  end if;
  -- A mark that comes after this look has a ledger row of its own, which makes the caller's compare-and-set lose.
  v_marked := exists (select from ${schema}.marks_${child} m where m.pos > p_lane::bigint << 41 and m.pos < v_end);
  select s.p, pg_snapshot_xmin(pg_current_snapshot()),
         case when coalesce(cardinality(s.p), 0) < p_n then
           (select j.pos from ${schema}.jobs_${child} j where j.pos > high and j.pos < v_end order by j.pos desc limit 1)
         end,
         case when v_marked then
           (select range_agg(int8range(m.pos, m.pos, '[]')) from ${schema}.marks_${child} m
             where m.pos > high and m.pos < case when coalesce(cardinality(s.p), 0) < p_n then v_end else s.p[p_n] end)
         end,
         case when s.meta[1] = all (s.meta) then s.meta[1:1] else s.meta end, s.available, s.args, s.extras, s.back,
         s.deadline, s.keys
    into p, xmin, top, marks, meta, available, args, extras, v_back, deadline, keys
    from (select array_agg(u.pos) as p,
                 array_agg((u.kind::bigint << 32) | (u.attempt::bigint << 16) | u.max_attempts) as meta,
                 array_agg((date_part('epoch', u.available_at) * 1e6)::bigint) as available,
                 string_agg(case when pg_column_size(u.args) > 8192 then ''
                                 when pg_column_compression(u.args) is null then u.args::text
                                 when octet_length(u.args::text) > 65536 then '' else u.args::text end, E'\x1e') as args,
                 case when count(u.extras) > 0 then string_agg(coalesce(u.extras::text, ''), E'\x1e') end as extras,
                 min((u.extras ->> 'deadline')::bigint) as deadline,
                 array_agg(u.extras ->> 'concurrency_key') filter (where u.extras ? 'concurrency_key') as keys,
                 count(u.origin) as back
            from (select x.* from unnest(old + young) r
                   cross join lateral (select * from ${schema}.jobs_${child} j
                                        where j.pos >= lower(r) and j.pos < upper(r)
                                          and (not v_marked
                                               or not exists (select from ${schema}.marks_${child} m
                                                               where m.pos = j.pos offset 0))
                                        order by j.pos limit p_n) x
                  union all
                  select y.* from (select * from ${schema}.jobs_${child} j
                                    where j.pos > high and j.pos < v_end
                                      and (not v_marked
                                           or not exists (select from ${schema}.marks_${child} m
                                                           where m.pos = j.pos offset 0))
                                    order by j.pos limit p_n) y
                  limit p_n) u) s;
  if v_back > 0 then
    origins := array(select j.origin from unnest(p) with ordinality u(pos, i)
                       join ${schema}.jobs_${child} j on j.pos = u.pos order by u.i);
  end if;
end $awa$;

-- take: the compare-and-set of the ledger. A rival with the same view has taken `no`; a segment reclaimed since the
-- caller looked must not be written to, for its child may carry another one by now (the probe's lock on the child keeps
-- a prune from coming after this check).
create or replace function ${schema}.take_${child}(p_segment bigint, p_lane int, p_no bigint, p_nonce bigint, p_worker int,
  p_high bigint, p_n int, p_members int8multirange, p_old int8multirange, p_young int8multirange, p_judge xid8,
  p_at timestamptz, p_deadline timestamptz) returns boolean
language plpgsql as $awa$
begin
  insert into ${schema}.claims_${child}
    (lane, no, nonce, worker, high, n, members, old, young, judge, claimed_at, deadline_at)
  select p_lane, p_no, p_nonce, p_worker, p_high, p_n, p_members, p_old, p_young, p_judge, p_at, p_deadline
   where exists (select from ${schema}.generations g where g.segment = p_segment and g.reclaimed_at is null)
  on conflict do nothing;
  return found;
end $awa$;

-- The newest ledger row of a lane; no = 0 where there is none. Stable: inside a statement it reads that statement's
-- snapshot, which finish relies on.
create or replace function ${schema}.tail_${child}(p_lane int,
  out no bigint, out high bigint, out old int8multirange, out young int8multirange, out judge xid8)
language plpgsql stable as $awa$
begin
  select c.no, c.high, c.old, c.young, c.judge into no, high, old, young, judge
    from ${schema}.claims_${child} c where c.lane = p_lane order by c.no desc limit 1;
  if not found then
    no := 0; high := p_lane::bigint << 41; old := '{}'; young := '{}'; judge := '0';
  end if;
end $awa$;

-- The members of one claim by its nonce, among the ledger rows of the lane made since p_since, with their bodies. A claim
-- that somebody has begun to end (rescue) is not handed out again.
create or replace function ${schema}.replay_${child}(p_lane int, p_nonce bigint, p_since timestamptz,
  out no bigint, out claimed_at timestamptz, out p bigint[], out meta bigint[], out available bigint[], out args text,
  out extras text, out origins bigint[])
language plpgsql as $awa$
declare
  c record; v_members int8multirange;
begin
  for c in select x.no, x.nonce, x.claimed_at, x.n, x.members
             from ${schema}.claims_${child} x where x.lane = p_lane order by x.no desc
  loop
    exit when c.claimed_at < p_since;
    if c.nonce = p_nonce and c.n > 0 then
      no := c.no; claimed_at := c.claimed_at; v_members := c.members;
      exit;
    end if;
  end loop;
  if no is null or exists (select from ${schema}.closures_${child} z where z.lane = p_lane and z.no = replay_${child}.no) then
    no := null;
    return;
  end if;
  select array_agg(t.pos), array_agg(t.meta), array_agg(t.available),
         string_agg(t.args, E'\x1e'),
         case when count(t.extras) > 0 then string_agg(coalesce(t.extras::text, ''), E'\x1e') end,
         case when count(t.origin) > 0 then array_agg(t.origin) end
    into p, meta, available, args, extras, origins
    from (select j.pos, (j.kind::bigint << 32) | (j.attempt::bigint << 16) | j.max_attempts as meta,
                 (date_part('epoch', j.available_at) * 1e6)::bigint as available,
                 case when pg_column_size(j.args) > 8192 then ''
                      when pg_column_compression(j.args) is null then j.args::text
                      when octet_length(j.args::text) > 65536 then '' else j.args::text end as args, j.extras, j.origin
            from unnest(v_members) r
           cross join lateral (select * from ${schema}.jobs_${child} y
                                where y.pos >= lower(r) and y.pos < upper(r) order by y.pos) j) t;
end $awa$;

create or replace function ${schema}.bodies_${child}(p_positions bigint[]) returns table (pos bigint, args text)
language plpgsql as $awa$
begin
  return query select j.pos, j.args::text from unnest(p_positions) u(pos) join ${schema}.jobs_${child} j on j.pos = u.pos;
end $awa$;
