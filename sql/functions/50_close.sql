-- Close: the one door through which members of a claim end. One closure row a claim and call, in one pass.
--
-- Invariants
--   I8  Part m of a claim is written only by one who saw parts 1 .. m - 1 and ends none of their members: members of
--       parts are disjoint by construction, and the unique index (lane, no, part) decides every race.
--   I9  A member whose row met a rival is answered `again` and belongs into a NEW transaction. A loop in here would go
--       back to a lower claim while higher ones are held, and two closers would deadlock.
--   I10 A call is named by its closer nonce, which is in its closures: sent again after a lost answer, what it ended the
--       first time counts as accepted. An equal outcome alone would prove nothing.
-- Lock order: claims ascending by (segment, lane, no); then failed.
-- Outcomes: c completed, f failed, r released, x cancelled.

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

-- A body that ends as failed outlives its segment. Sent twice it stands once.
create or replace function ${schema}.fail_${child}(p_lane int, p_no bigint, p_ordinals int[], p_errors text[]) returns void
language plpgsql as $awa$
begin
  insert into ${schema}.failed (pos, queue, priority, kind, attempt, max_attempts, available_at, error, args, extras)
  select j.pos, l.queue, l.priority, j.kind, j.attempt + 1, j.max_attempts, j.available_at, u.error, j.args, j.extras
    from unnest(p_ordinals, p_errors) u(ordinal, error)
    join ${schema}.claims_${child} c on c.lane = p_lane and c.no = p_no
    join ${schema}.jobs_${child} j on j.pos = ${schema}.member(c.members, u.ordinal)
    join ${schema}.lanes l on l.lane = p_lane
  on conflict do nothing;
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
-- p_outcomes[i] is one character for all of them or one a set bit. Failures: the item (from 1), the ordinal and the
-- error of each member with outcome f. Answers for each item which members this closer has ended (accepted), which of
-- them in this very call (fresh), and whether a rival came between (send the rest again); an item that is absent names
-- no claim that stands: its token is stale.
create or replace function ${schema}.close(p_segments bigint[], p_lanes int[], p_nos bigint[], p_nonces bigint[],
  p_members text[], p_outcomes text[], p_closer bigint, p_failed_items int[], p_failed_ordinals int[], p_errors text[])
returns table (item int, accepted text, fresh text, again boolean)
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
#variable_conflict use_column
declare
  g record; r record; v_items int[];
begin
  for g in
    select x.segment, x.child from ${schema}.generations x
     where x.reclaimed_at is null and x.segment = any (p_segments) order by x.segment
  loop
    if g.segment = all (p_segments) then
      v_items := array(select generate_series(1, cardinality(p_segments)));
    else
      v_items := array(select s.i from unnest(p_segments) with ordinality s(segment, i) where s.segment = g.segment);
      -- Others of this call lie elsewhere: a null lane joins nothing.
    end if;
    for r in
      select y.* from (
        select z.* from ${schema}.close_in(g.child, v_items,
          case when g.segment = all (p_segments) then p_lanes else array(select p_lanes[v] from unnest(v_items) v) end,
          case when g.segment = all (p_segments) then p_nos else array(select p_nos[v] from unnest(v_items) v) end,
          case when g.segment = all (p_segments) then p_nonces else array(select p_nonces[v] from unnest(v_items) v) end,
          case when g.segment = all (p_segments) then p_members else array(select p_members[v] from unnest(v_items) v) end,
          case when g.segment = all (p_segments) then p_outcomes else array(select p_outcomes[v] from unnest(v_items) v) end,
          p_closer) z) y
    loop
      item := r.item; accepted := r.accepted; fresh := r.fresh; again := r.again;
      if r.item = any (p_failed_items) then
        perform ${schema}.fail_in(g.child, p_lanes[r.item], p_nos[r.item],
          array(select f.ordinal from unnest(p_failed_items, p_failed_ordinals) f(item, ordinal)
                 where f.item = r.item and get_bit(r.fresh::varbit, f.ordinal) = 1 order by f.ordinal),
          array(select f.error from unnest(p_failed_items, p_failed_ordinals, p_errors) f(item, ordinal, error)
                 where f.item = r.item and get_bit(r.fresh::varbit, f.ordinal) = 1 order by f.ordinal));
      end if;
      return next;
    end loop;
  end loop;
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

create or replace function ${schema}.fail_in(p_child int, p_lane int, p_no bigint, p_ordinals int[], p_errors text[])
returns void language plpgsql as $awa$
begin
  case p_child
-- awa:each-child
    when ${child} then perform ${schema}.fail_${child}(p_lane, p_no, p_ordinals, p_errors);
-- awa:end
  end case;
end $awa$;
