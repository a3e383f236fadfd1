-- Close: the one door through which members of a claim end. One closure row a claim and call, in one pass.
--
-- Invariants
--   I8  Part m of a claim is written only by one who saw parts 1 .. m - 1 and ends none of their members: members of
--       parts are disjoint by construction, and the unique index (lane, no, part) decides every race.
--   I9  A member whose row met a rival is answered `again` and belongs into a NEW transaction. A loop in here would go
--       back to a lower claim while higher ones are held, and two closers would deadlock.
--   I10 A call is named by its closer nonce, which is in its closures: sent again after a lost answer, what it ended the
--       first time counts as accepted. An equal outcome alone would prove nothing.
-- Lock order: claims ascending by (segment, lane, no); then the store's entries.
-- Outcomes: c completed, r released; each other one is followed by an entry, in the same transaction: t retry, z snoozed,
-- h held, f failed, d dead letter, x cancelled.

-- awa:each-child
create or replace function ${schema}.close_${child}(p_items int[], p_lanes int[], p_nos bigint[], p_nonces bigint[],
  p_members text[], p_outcomes text[], p_closer bigint) returns table (item int, accepted text, fresh text, again boolean)
language plpgsql as $awa$
#variable_conflict use_column
begin
  return query
  with i as materialized (
    select u.item, u.lane, u.no, u.outcomes, u.members::varbit as members, d.part, d.closed, d.mine,
           row_number() over (partition by u.lane, u.no order by u.item) as copy
      from unnest(p_items, p_lanes, p_nos, p_nonces, p_members, p_outcomes) u(item, lane, no, nonce, members, outcomes)
      join ${schema}.claims_${child} c
        on c.lane = u.lane and c.no = u.no and c.nonce = u.nonce and c.n = length(u.members)
     cross join lateral (
       select max(z.part) as part, bit_or(z.members) as closed, bit_or(z.members) filter (where z.closer = p_closer) as mine
         from ${schema}.closures_${child} z where z.lane = c.lane and z.no = c.no) d),
  o as materialized (
    select i.*, case when i.closed is null then i.members else i.members & ~i.closed end as open from i),
  ins as (
    insert into ${schema}.closures_${child} (lane, no, part, closer, at, outcomes, members)
    select o.lane, o.no, 1 + coalesce(o.part, 0), p_closer, clock_timestamp(),
           case when length(o.outcomes) = 1 or o.open = o.members then o.outcomes
                else ${schema}.outcomes_of(o.outcomes, o.members, o.open) end, o.open
      from o where o.copy = 1 and bit_count(o.open) > 0 order by o.lane, o.no
    on conflict do nothing returning lane, no)
  select o.item,
         (case when ins.lane is null then coalesce(o.mine, o.open & ~o.open) & o.members
               else o.open | coalesce(o.mine & o.members, o.open & ~o.open) end)::text,
         (case when ins.lane is null then o.open & ~o.open else o.open end)::text,
         o.copy > 1 or ins.lane is null and bit_count(o.open) > 0
    from o left join ins on ins.lane = o.lane and ins.no = o.no and o.copy = 1;
end $awa$;

-- The entries of members that ended otherwise than completed. Item i names a claim's member; p_delays in milliseconds
-- (null for t: the queue's backoff; of h: until it expires), p_leases for h, p_details as with_detail takes them.
-- What fails in a queue with dead letters becomes one.
create or replace function ${schema}.sides_${child}(p_lanes int[], p_nos bigint[], p_ordinals int[], p_states text[],
  p_delays bigint[], p_leases bigint[], p_details text[]) returns ${schema}.new_entry[]
language plpgsql as $awa$
declare
  v_rows ${schema}.new_entry[];
begin
  select array_agg(row(null, coalesce(j.origin, j.pos),
           case when y.state in ('t', 'z', 'h') then clock_timestamp() + make_interval(secs => coalesce(u.delay,
             case y.state when 't' then ${schema}.backoff(j.attempt + 1, q.backoff_ms, q.backoff_max_ms)
                          when 'z' then 0 end) / 1000.0) end,
           ${schema}.kept_until(l.queue, y.state), u.lease, l.lane, j.kind, case y.state when 'h' then c.worker end,
           j.attempt + case y.state when 'z' then 0 else 1 end, j.max_attempts,
           coalesce(j.key_states, (j.extras #>> '{unique,states}')::int), y.state, coalesce(j.key, (j.extras #>> '{unique,key}')::uuid), null, j.args,
           ${schema}.with_detail(j.extras, u.detail::jsonb, j.attempt + 1))::${schema}.new_entry order by u.i)
    into v_rows
    from unnest(p_lanes, p_nos, p_ordinals, p_states, p_delays, p_leases, p_details)
           with ordinality u(lane, no, ordinal, state, delay, lease, detail, i)
   cross join lateral (select x.worker, ${schema}.member(x.members, u.ordinal) as pos from ${schema}.claims_${child} x
                        where x.lane = u.lane and x.no = u.no offset 0) c             -- the whole key, whatever is planned
    join ${schema}.jobs_${child} j on j.pos = c.pos
    join ${schema}.lanes l on l.lane = u.lane
    join ${schema}.queues q on q.queue = l.queue
   cross join lateral (select case when u.state = 'f' and q.dead_letter then 'd' else u.state end::"char" as state) y;
  return v_rows;
end $awa$;

create or replace function ${schema}.members_${child}(p_lane int, p_no bigint, p_bits varbit) returns int8multirange
language plpgsql as $awa$
declare
  v_positions int8multirange;
begin
  select range_agg(int8range(x.pos, x.pos, '[]')) into v_positions
    from (select y.pos, row_number() over (order by y.pos) - 1 as ordinal
            from ${schema}.claims_${child} c, unnest(c.members) r, generate_series(lower(r), upper(r) - 1) y(pos)
           where c.lane = p_lane and c.no = p_no) x
   where get_bit(p_bits, x.ordinal::int) = 1;
  return v_positions;
end $awa$;
-- awa:end

-- Of outcomes written for the set bits of p_members, those of the bits still set in p_open.
create or replace function ${schema}.outcomes_of(p_outcomes text, p_members varbit, p_open varbit) returns text
language sql immutable as $awa$
  select string_agg(substr(p_outcomes, x.rank::int, 1), '' order by x.rank)
    from (select b.bit, row_number() over (order by b.bit) as rank
            from generate_series(0, length(p_members) - 1) b(bit) where get_bit(p_members, b.bit) = 1) x
   where get_bit(p_open, x.bit) = 1
$awa$;

-- Ends members of claims. Item i names a claim by (segment, lane, no, nonce) and members by a bit string of its length;
-- p_outcomes[i] is one character for all of them or one a set bit. Members that end otherwise than completed have a side:
-- the item (from 1), the ordinal, the state its job goes to (the outcome), and what sides_k wants to know.
-- Answers for each item which members this closer has ended (accepted), which of them in this very call (fresh), and
-- whether a rival came between (send the rest again); an item that is absent names no claim that stands: its token is
-- stale, or its job is a held attempt by now.
create or replace function ${schema}.close(p_segments bigint[], p_lanes int[], p_nos bigint[], p_nonces bigint[],
  p_members text[], p_outcomes text[], p_closer bigint, s_items int[], s_ordinals int[], s_states text[],
  s_delays bigint[], s_leases bigint[], s_details text[])
returns table (item int, accepted text, fresh text, again boolean)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
#variable_conflict use_column
declare
  g record; r record; v_items int[]; v_one boolean; v_fresh text[]; v_rows ${schema}.new_entry[] := '{}';
begin
  for g in
    select x.segment, x.child from ${schema}.generations x
     where x.reclaimed_at is null and x.segment = any (p_segments) order by x.segment
  loop
    v_one := g.segment = all (p_segments);
    if v_one then
      v_items := array(select generate_series(1, cardinality(p_segments)));
    else
      v_items := array(select s.i from unnest(p_segments) with ordinality s(segment, i) where s.segment = g.segment);
    end if;
    v_fresh := null;
    for r in
      select z.* from ${schema}.close_in(g.child, v_items,
        case when v_one then p_lanes else array(select p_lanes[v] from unnest(v_items) v) end,
        case when v_one then p_nos else array(select p_nos[v] from unnest(v_items) v) end,
        case when v_one then p_nonces else array(select p_nonces[v] from unnest(v_items) v) end,
        case when v_one then p_members else array(select p_members[v] from unnest(v_items) v) end,
        case when v_one then p_outcomes else array(select p_outcomes[v] from unnest(v_items) v) end, p_closer) z
    loop
      item := r.item; accepted := r.accepted; fresh := r.fresh; again := r.again;
      if s_items is not null then v_fresh[r.item] := r.fresh; end if;
      return next;
    end loop;
    -- An item of another segment has no bits here, and its sides are left out.
    if v_fresh is not null then
      v_rows := v_rows || ${schema}.sides_in(g.child, v_fresh, p_lanes, p_nos, s_items, s_ordinals, s_states, s_delays,
                                             s_leases, s_details);
    end if;
  end loop;
  perform ${schema}.add_entries(v_rows);
end $awa$;

create or replace function ${schema}.close_in(p_child int, p_items int[], p_lanes int[], p_nos bigint[], p_nonces bigint[],
  p_members text[], p_outcomes text[], p_closer bigint) returns table (item int, accepted text, fresh text, again boolean)
language plpgsql as $awa$
begin
  case p_child
-- awa:each-child
    when ${child} then
      return query select * from ${schema}.close_${child}(p_items, p_lanes, p_nos, p_nonces, p_members, p_outcomes, p_closer);
-- awa:end
  end case;
end $awa$;

-- The sides whose member this very call has ended; p_fresh by item.
create or replace function ${schema}.sides_in(p_child int, p_fresh text[], p_lanes int[], p_nos bigint[], s_items int[],
  s_ordinals int[], s_states text[], s_delays bigint[], s_leases bigint[], s_details text[])
returns ${schema}.new_entry[] language plpgsql as $awa$
declare
  v record;
begin
  select array_agg(p_lanes[s.item]) as lanes, array_agg(p_nos[s.item]) as nos, array_agg(s.ordinal) as ordinals,
         array_agg(s.state) as states, array_agg(s.delay) as delays, array_agg(s.lease) as leases,
         array_agg(s.detail) as details
    into v
    from unnest(s_items, s_ordinals, s_states, s_delays, s_leases, s_details) s(item, ordinal, state, delay, lease, detail)
   where p_fresh[s.item] is not null and get_bit(p_fresh[s.item]::varbit, s.ordinal) = 1;
  if v.lanes is null then return '{}'; end if;
  case p_child
-- awa:each-child
    when ${child} then
      return ${schema}.sides_${child}(v.lanes, v.nos, v.ordinals, v.states, v.delays, v.leases, v.details);
-- awa:end
  end case;
end $awa$;
