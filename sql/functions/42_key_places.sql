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
begin
  if p_wait then
    perform pg_advisory_xact_lock(v_schema | b)
       from (select bit_or(1::bigint << ${schema}.place_bucket(u)) as buckets from unnest(p_bases) u) x, generate_series(0, 63) b
      where x.buckets >> b & 1 = 1;
    return '{}';
  end if;
  -- In a case, for a planner may put the cheaper condition first, and that one tries all 64.
  return array(
    select v_schema | b
      from (select bit_or(1::bigint << ${schema}.place_bucket(u)) as buckets from unnest(p_bases) u) x, generate_series(0, 63) b
     where case when x.buckets >> b & 1 = 1 then not pg_try_advisory_xact_lock(v_schema | b) end);
end $awa$;

-- The highest of the places between two, both left out, that has ever been taken, as far as that is still known, with its
-- newest version. Of the language that a query takes into itself, where an empty store costs one look and not one a place.
create or replace function ${schema}.newest_place(p_above uuid, p_below uuid) returns table (key uuid, version bigint,
  job bigint, pos bigint, low bigint, segment bigint, no bigint, ordinal int)
language sql stable as $awa$
  select * from (
    select k.key, k.version, k.job, k.pos, k.low, k.segment, k.no, k.ordinal from ${schema}.keys_0 k where false
-- awa:each-store
     union all
    (select k.key, k.version, k.job, k.pos, k.low, k.segment, k.no, k.ordinal from ${schema}.keys_${store} k
      where (select exists (select from ${schema}.keys_${store})) and k.key > p_above and k.key < p_below
      order by k.key desc, k.version desc limit 1)
-- awa:end
  ) x order by x.key desc, x.version desc limit 1
$awa$;

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
      from walk w cross join lateral ${schema}.newest_place(w.base, w.key) y
     where w.key > w.first)
  select w.base, ('x' || right(w.key::text, 4))::bit(16)::int, w.version, w.job, w.pos, w.low, w.segment, w.no, w.ordinal
    from walk w where w.job is not null;
end $awa$;

-- awa:each-child
-- What a claim from this segment has to know of keys that nobody is about, which are most: nothing but the version of their
-- only place and its low, in their order. others: those whose attempt the closures of this segment do not show ended, with
-- what their places say; deep: those of which more than one place was taken, or another one than the first.
-- p_ones, p_ends: the first place of each, and what is behind the last. For claim, under whose settings (no joins by hash or
-- merge) rows come in the order of p_bases; nobody else calls it.
create or replace function ${schema}.places_over_${child}(p_bases uuid[], p_ones uuid[], p_ends uuid[], p_segment bigint,
  out versions bigint[], out lows bigint[], out deep int[], out others int[], out jobs bigint[], out positions bigint[],
  out segments bigint[], out nos bigint[], out ordinals int[])
language plpgsql as $awa$
begin
  select array_agg(y.version), array_agg(y.low), array_agg(y.i) filter (where y.deep), array_agg(y.i) filter (where y.open),
         array_agg(y.job) filter (where y.open), array_agg(y.pos) filter (where y.open),
         array_agg(y.segment) filter (where y.open), array_agg(y.no) filter (where y.open),
         array_agg(y.ordinal) filter (where y.open)
    into versions, lows, deep, others, jobs, positions, segments, nos, ordinals
    from (select u.i::int, coalesce(p.version, 0) as version, coalesce(p.low, 0) as low, p.key <> u.one as deep,
                 p.key = u.one and coalesce(c.outcome in ('r', 'h'), true) as open,
                 p.job, p.pos, p.segment, p.no, p.ordinal
            from unnest(p_bases, p_ones, p_ends) with ordinality u(base, one, beyond, i)
            left join lateral ${schema}.newest_place(u.base, u.beyond) p on true
            left join lateral (
              select case when length(x.outcomes) = 1 then x.outcomes
                          else substr(x.outcomes, bit_count(substring(x.members for p.ordinal + 1))::int, 1) end as outcome
                from ${schema}.closures_${child} x
               where p.segment = p_segment and x.lane = (p.pos >> 41)::int and x.no = p.no
                 and case when p.ordinal < length(x.members) then get_bit(x.members, p.ordinal) = 1 end) c on true
          offset 0) y;
end $awa$;
-- awa:end

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

-- The states of those that have places (K1), null where the place is free; what it is given of them is as places_taken says.
-- The position tells nearly always; a held attempt is looked for by its job, and so is one whose segment is gone, which only
-- held ones outlive.
create or replace function ${schema}.place_states(p_jobs bigint[], p_positions bigint[], p_segments bigint[], p_nos bigint[],
  p_ordinals int[]) returns "char"[]
language plpgsql as $awa$
declare
  g record; c record; q record; v "char"; v_ends "char"[]; v_kept bigint[];
  v_states "char"[] := array_fill(null::"char", array[cardinality(p_jobs)]);
begin
  for g in select x.segment, x.child from ${schema}.generations x
            where x.reclaimed_at is null and x.segment = any (p_segments)
  loop
    select array_agg(u.i::int) as items, array_agg(u.pos) as positions, array_agg(u.no) as nos,
           array_agg(u.ordinal) as ordinals
      into c
      from unnest(p_positions, p_segments, p_nos, p_ordinals) with ordinality u(pos, segment, no, ordinal, i)
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
  if array_position(v_states, null) is null and array_position(v_states, 'h') is null then
    return array(select case when u in ('a', 'r', 'w') then u end from unnest(v_states) u);
  end if;
  -- Only who stands in a store as held or parked is worth a look of its own: most have been gone for long.
  v_kept := array(
    select u.job from unnest(p_jobs, p_segments, v_states) u(job, segment, state)
     where (u.segment is null or u.state is null or u.state = 'h')
       and (u.segment is null
-- awa:each-store
            or (select exists (select from ${schema}.entries_${store}))
               and exists (select from ${schema}.entries_${store} e
                            where e.origin = u.job and e.state in ('h', 'w')
                              and not exists (select from ${schema}.endings_${store} x where x.entry = e.entry offset 0) offset 0)
-- awa:end
           ));
  for c in select u.i::int as i, u.segment, u.pos, u.job, u.state
             from unnest(p_segments, p_positions, p_jobs, v_states) with ordinality u(segment, pos, job, state, i)
            where u.state is null or u.state = 'h'
  loop
    v := case when c.segment is null then ${schema}.stands(c.pos) else c.state end;
    if v is null or v = 'h' then
      v := null;
      if c.job = any (v_kept) then
        q := ${schema}.place(c.job);
        v := case when q.live and (q.state = 'h'
                                   or q.state = 'w' and (select (e.extras #>> '{callback,awaited}')::boolean
                                                           from ${schema}.entries_of(c.job) e where e.entry = q.entry))
                  then q.state end;
      end if;
    end if;
    v_states[c.i] := v;
  end loop;
  return array(select case when u in ('a', 'r', 'h', 'w') then u end from unnest(v_states) u);
end $awa$;

-- Places as places_taken finds them, with the state of who holds each.
create or replace function ${schema}.places_held(p_bases uuid[]) returns table (base uuid, number int, version bigint,
  job bigint, pos bigint, low bigint, state "char")
language plpgsql as $awa$
#variable_conflict use_column
declare
  t record;
begin
  select array_agg(p.base) as bases, array_agg(p.number) as numbers, array_agg(p.version) as versions,
         array_agg(p.job) as jobs, array_agg(p.pos) as positions, array_agg(p.low) as lows,
         array_agg(p.segment) as segments, array_agg(p.no) as nos, array_agg(p.ordinal) as ordinals
    into t from ${schema}.places_taken(p_bases) p;
  if t.bases is null then return; end if;
  return query
  select u.base, u.number, u.version, u.job, u.pos, u.low, u.state
    from unnest(t.bases, t.numbers, t.versions, t.jobs, t.positions, t.lows,
                ${schema}.place_states(t.jobs, t.positions, t.segments, t.nos, t.ordinals))
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
create or replace function ${schema}.add_places_${store}(p_floor bigint, p_keys uuid[], p_versions bigint[], p_lows bigint[],
  p_members int[], p_jobs bigint[], p_positions bigint[], p_segment bigint, p_no bigint, p_ordinals int[]) returns void
language plpgsql as $awa$
begin
  -- The states in which it may be held; while its job is in one of them, its version is carried. Only who has taken a place
  -- without its lock could meet another's version: that is an error, and no place.
  insert into ${schema}.keys_${store} (key, version, job, at, states, pos, low, segment, no, ordinal)
  select p_keys[i], greatest(p_versions[i], p_floor) + 1, p_jobs[coalesce(p_members[i], i)], clock_timestamp(), 2 + 4 + 16,
         p_positions[coalesce(p_members[i], i)], p_lows[i], p_segment, p_no,
         case when p_no is null then null when p_ordinals is null then p_members[i] - 1 else p_ordinals[p_members[i]] end
    from generate_series(1, cardinality(p_keys)) i;
end $awa$;
-- awa:end

-- Writes down who got which place; versions as they were found, 0 for a place without one. All positions are of one segment.
-- p_members: which of the jobs each is about; null: they stand in the order of the keys. p_no: the claim that took them; null
-- where they stand in a lane. p_ordinals: of each job in that claim; null where the claim took them all.
create or replace function ${schema}.add_places(p_keys uuid[], p_versions bigint[], p_lows bigint[], p_members int[],
  p_jobs bigint[], p_positions bigint[], p_segment bigint, p_no bigint, p_ordinals int[]) returns void
language plpgsql as $awa$
declare
  v_cell bigint;
begin
  if coalesce(cardinality(p_keys), 0) = 0 then return; end if;
  v_cell := ${schema}.enter_store();                                                           -- U3
  case v_cell & 255
-- awa:each-store
    when ${store} then perform ${schema}.add_places_${store}(v_cell >> 8 << 32, p_keys, p_versions, p_lows, p_members, p_jobs,
                                                             p_positions, p_segment, p_no, p_ordinals);
-- awa:end
  end case;
end $awa$;
