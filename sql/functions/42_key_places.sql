-- Places of concurrency keys: their names, the locks that guard them, who took one last, and whether it is held.
--
-- Invariants: those of 43_keys.sql.
-- Lock order: locks of keys ascending, where several are taken (lock_places); reads lock the stores, then the segments that
-- places name; a place is added with its store entered (22_store.sql).

-- The first half of each place's name. A collision of 112 bits would let two keys share their places.
create or replace function ${schema}.places_of(p_key text) returns uuid
language sql stable as $awa$
  select (left(encode(sha256(convert_to('concurrency ' || p_key, 'UTF8')), 'hex'), 28) || '0000')::uuid
$awa$;

create or replace function ${schema}.place_key(p_base uuid, p_number int) returns uuid
language sql immutable as $awa$
  select (left(replace(p_base::text, '-', ''), 28) || lpad(to_hex(p_number), 4, '0'))::uuid
$awa$;

create or replace function ${schema}.place_bucket(p_base uuid) returns int
language sql immutable as $awa$
  select uuid_hash(p_base) & 63
$awa$;

-- The lock that guards a key: one of 64, so that a claim of hundreds of keys takes few of the server's lock table. Keys that
-- share one wait for each other's claims and grants, which are short. Of the kind with one number, so that nobody who has a
-- unique key in a transaction that stays open is in the way.
create or replace function ${schema}.place_lock(p_base uuid) returns bigint
language sql stable as $awa$
  select (${schema}.lock_key()::bigint << 32) | ${schema}.place_bucket(p_base)
$awa$;

-- Locks keys by their bases, in one order for all callers; without p_wait as many as are free. Answers the locks that it
-- did not get.
create or replace function ${schema}.lock_places(p_bases uuid[], p_wait boolean) returns bigint[]
language plpgsql as $awa$
declare
  v_schema bigint := ${schema}.lock_key()::bigint << 32;
  v_locks bigint[] := array(select v_schema | x.bucket
                              from (select distinct ${schema}.place_bucket(u) as bucket from unnest(p_bases) u) x order by 1);
begin
  if p_wait then
    perform pg_advisory_xact_lock(u) from unnest(v_locks) u;
    return '{}';
  end if;
  return array(select u from unnest(v_locks) u where not pg_try_advisory_xact_lock(u));
end $awa$;

-- Places of keys that have been taken, as far as it is still known, of each key highest first, with their newest versions.
-- From place to place by one probe a store, however many versions lie between.
create or replace function ${schema}.places_taken(p_bases uuid[]) returns table (base uuid, number int, version bigint,
  job bigint, pos bigint, low bigint, segment bigint, no bigint, ordinal int)
language plpgsql as $awa$
#variable_conflict use_column
begin
  return query
  with recursive walk as (
    select u.base, ${schema}.place_key(u.base, 1) as first, ${schema}.place_key(u.base, 65535) as key, 0::bigint as version,
           null::bigint as job, 0::bigint as pos, 0::bigint as low, 0::bigint as segment, 0::bigint as no, 0 as ordinal
      from unnest(p_bases) u(base)
     union all
    select w.base, w.first, y.*
      from walk w
     cross join lateral (
       select x.* from (
         select w.key, 0::bigint as version, 0::bigint as job, 0::bigint as pos, 0::bigint as low, 0::bigint as segment,
                0::bigint as no, 0 as ordinal where false
-- awa:each-store
          union all
         (select k.key, k.version, k.job, k.pos, k.low, k.segment, k.no, k.ordinal from ${schema}.keys_${store} k
           where k.key > w.base and k.key < w.key order by k.key desc, k.version desc limit 1)
-- awa:end
       ) x order by x.key desc, x.version desc limit 1) y
     where w.key > w.first)
  select w.base, ('x' || right(w.key::text, 4))::bit(16)::int, w.version, w.job, w.pos, w.low, w.segment, w.no, w.ordinal
    from walk w where w.job is not null;
end $awa$;

-- awa:each-child
-- What has become of a position: a available, r claimed, else how its claim ended, or m where it was marked; null: it is not
-- in this segment.
create or replace function ${schema}.stands_${child}(p_pos bigint) returns "char"
language plpgsql as $awa$
declare
  f record;
begin
  if not exists (select from ${schema}.jobs_${child} j where j.pos = p_pos) then return null; end if;
  if exists (select from ${schema}.marks_${child} m where m.pos = p_pos) then return 'm'; end if;
  f := ${schema}.fate_${child}((p_pos >> 41)::int, p_pos);
  return case when f.claimed_at is null then 'a' when f.outcome is null then 'r' else f.outcome end;
end $awa$;
-- awa:end

create or replace function ${schema}.stands(p_pos bigint) returns "char"
language plpgsql as $awa$
declare
  g record; v "char";
begin
  for g in select x.child from ${schema}.generations x where x.reclaimed_at is null order by x.segment desc loop
    case g.child
-- awa:each-child
      when ${child} then v := ${schema}.stands_${child}(p_pos);
-- awa:end
    end case;
    exit when v is not null;
  end loop;
  return v;
end $awa$;

-- awa:each-child
-- The same for many positions of this segment, in order: their claims tell where these are known (K7), but for one that gave
-- its job back. Another segment may be in this child by now, whose claims are of other lengths: the caller throws away what
-- was found there.
create or replace function ${schema}.ends_${child}(p_positions bigint[], p_nos bigint[], p_ordinals int[]) returns "char"[]
language plpgsql as $awa$
begin
  return array(
    select case when u.no is null or c.outcome = 'r' then ${schema}.stands_${child}(u.pos) else coalesce(c.outcome, 'r') end
      from unnest(p_positions, p_nos, p_ordinals) with ordinality u(pos, no, ordinal, i)
      left join lateral (
        select case when length(x.outcomes) = 1 then x.outcomes
                    else substr(x.outcomes, bit_count(substring(x.members for u.ordinal + 1))::int, 1) end::"char" as outcome
          from ${schema}.closures_${child} x
         where x.lane = (u.pos >> 41)::int and x.no = u.no
           and case when u.ordinal < length(x.members) then get_bit(x.members, u.ordinal) = 1 end) c on true
     order by u.i);
end $awa$;
-- awa:end

-- Places as places_taken finds them, with the state of who holds each (K1), null where it is free. The position tells nearly
-- always; a held attempt is looked for by its job, and so is one whose segment is gone, which only held ones outlive.
create or replace function ${schema}.places_held(p_bases uuid[]) returns table (base uuid, number int, version bigint,
  job bigint, pos bigint, low bigint, state "char")
language plpgsql as $awa$
#variable_conflict use_column
declare
  t record; g record; c record; q record; v "char"; v_ends "char"[]; v_states "char"[];
begin
  select array_agg(p.base) as bases, array_agg(p.number) as numbers, array_agg(p.version) as versions,
         array_agg(p.job) as jobs, array_agg(p.pos) as positions, array_agg(p.low) as lows,
         array_agg(p.segment) as segments, array_agg(p.no) as nos, array_agg(p.ordinal) as ordinals
    into t from ${schema}.places_taken(p_bases) p;
  if t.bases is null then return; end if;
  v_states := array_fill(null::"char", array[cardinality(t.bases)]);
  for g in select x.segment, x.child from ${schema}.generations x
            where x.reclaimed_at is null and x.segment = any (t.segments)
  loop
    select array_agg(u.i::int) as items, array_agg(u.pos) as positions, array_agg(u.no) as nos,
           array_agg(u.ordinal) as ordinals
      into c
      from unnest(t.positions, t.segments, t.nos, t.ordinals) with ordinality u(pos, segment, no, ordinal, i)
     where u.segment = g.segment;
    case g.child
-- awa:each-child
      when ${child} then v_ends := ${schema}.ends_${child}(c.positions, c.nos, c.ordinals);
-- awa:end
    end case;
    -- It may have been emptied before the look had its locks; not any more now.
    continue when not exists (select from ${schema}.generations x where x.segment = g.segment and x.reclaimed_at is null);
    for i in 1 .. cardinality(c.items) loop v_states[c.items[i]] := v_ends[i]; end loop;
  end loop;
  for c in select u.i::int as i, u.segment, u.pos, u.job, u.state
             from unnest(t.segments, t.positions, t.jobs, v_states) with ordinality u(segment, pos, job, state, i)
            where u.state is null or u.state = 'h'
  loop
    v := case when c.segment is null then ${schema}.stands(c.pos) else c.state end;
    if v is null or v = 'h' then
      q := ${schema}.place(c.job);
      v := case when q.live and (q.state = 'h'
                                 or q.state = 'w' and (select (e.extras #>> '{callback,awaited}')::boolean
                                                         from ${schema}.entries_of(c.job) e where e.entry = q.entry))
                then q.state end;
    end if;
    v_states[c.i] := v;
  end loop;
  return query
  select u.base, u.number, u.version, u.job, u.pos, u.low, case when u.state in ('a', 'r', 'h', 'w') then u.state end
    from unnest(t.bases, t.numbers, t.versions, t.jobs, t.positions, t.lows, v_states)
           u(base, number, version, job, pos, low, state);
end $awa$;

-- The lowest number above p_after of a place that nobody holds.
create or replace function ${schema}.free_place(p_after int, p_numbers int[], p_states "char"[]) returns int
language plpgsql immutable as $awa$
declare
  v_number int := p_after + 1; i int;
begin
  loop
    i := array_position(p_numbers, v_number);
    exit when i is null or p_states[i] is null;
    v_number := v_number + 1;
  end loop;
  return v_number;
end $awa$;

-- awa:each-store
create or replace function ${schema}.add_places_${store}(p_keys uuid[], p_versions bigint[], p_jobs bigint[],
  p_positions bigint[], p_lows bigint[], p_segment bigint, p_no bigint, p_ordinals int[]) returns void
language plpgsql as $awa$
begin
  -- The states in which it may be held; while its job is in one of them, its version is carried. Only who has taken a place
  -- without its lock could meet another's version: that is an error, and no place.
  insert into ${schema}.keys_${store} (key, version, job, at, states, pos, low, segment, no, ordinal)
  select u.key, u.version, u.job, clock_timestamp(), 2 + 4 + 16, u.pos, u.low, p_segment, p_no, u.ordinal
    from unnest(p_keys, p_versions, p_jobs, p_positions, p_lows, p_ordinals) u(key, version, job, pos, low, ordinal);
end $awa$;
-- awa:end

-- Writes down who got which place; versions as they were found, 0 for a place without one. All positions are of one segment.
-- p_no, p_ordinals: the claim that took them; null where they stand in a lane.
create or replace function ${schema}.add_places(p_keys uuid[], p_versions bigint[], p_jobs bigint[], p_positions bigint[],
  p_lows bigint[], p_segment bigint, p_no bigint, p_ordinals int[]) returns void
language plpgsql as $awa$
declare
  v_cell bigint; v_next bigint[];
begin
  if coalesce(cardinality(p_keys), 0) = 0 then return; end if;
  v_cell := ${schema}.enter_store();                                                           -- U3
  v_next := array(select greatest(u.version, v_cell >> 8 << 32) + 1
                    from unnest(p_versions) with ordinality u(version, i) order by u.i);
  case v_cell & 255
-- awa:each-store
    when ${store} then perform ${schema}.add_places_${store}(p_keys, v_next, p_jobs, p_positions, p_lows, p_segment, p_no,
                                                             p_ordinals);
-- awa:end
  end case;
end $awa$;
