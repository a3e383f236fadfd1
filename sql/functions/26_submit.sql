-- Enqueue of jobs that wait for their time or are unique, in any mix with plain ones. Batches of plain jobs alone go
-- through enqueue. Any isolation level, inside the caller's transaction.
--
-- Invariants: those of enqueue, of the store (22_store.sql) and of unique keys (27_unique.sql). A job whose time is named
-- is scheduled, even where that time is over; its id is the number of its entry. It asks for its key now only if its mask
-- holds while it waits, else when it is promoted.
-- Lock order: keys, segment child and entries child (ROW EXCLUSIVE, which nobody waits for).

-- What becomes of jobs by their keys, in order; takes the keys' locks. p_key_states: as key_live takes them. p_later: who
-- does not ask now. p_wait: wait for a key that another transaction may be about to take. p_fail: a duplicate stores
-- nothing at all.
-- fates: 0 to be stored, 1 duplicate, 2 busy (without p_wait), 3 not stored for another's sake (p_fail); ids: of the job
-- that holds the key. all_free: the common case, each job has a key of its own, and gets it. Else takers: jobs that get
-- theirs; items and firsts: jobs and who of this call asked for the same key first. keys, versions, states, stale: of the
-- takers, for add_keys.
create or replace function ${schema}.ask_for(p_n int, p_keys uuid[], p_key_states int[], p_later boolean[], p_wait boolean,
  p_fail boolean, out ids bigint[], out fates int[], out all_free boolean, out items int[], out firsts int[],
  out takers int[], out keys uuid[], out versions bigint[], out states int[], out stale boolean)
language plpgsql
set plan_cache_mode = force_generic_plan set max_parallel_workers_per_gather = 0
as $awa$
declare
  a record; l record; v_got boolean[]; j int;
begin
  ids := array_fill(null::bigint, array[p_n]);
  fates := array_fill(0, array[p_n]);
  all_free := p_later is null and p_n > 0 and p_n = (select count(distinct u) from unnest(p_keys) u);
  if all_free then
    v_got := ${schema}.lock_keys(p_keys, p_wait);
    l := ${schema}.look_keys(p_keys, null);
    all_free := true = all (v_got) and cardinality(array_remove(l.holders, null)) = 0;
    if all_free then
      keys := p_keys; versions := l.versions; states := p_key_states; stale := l.stale;
      return;
    end if;
  end if;
  -- Who asks for a key now, and of those with one key the first.
  select array_agg(y.i order by y.i) as items, array_agg(y.first order by y.i) as firsts,
         array_agg(y.i order by y.i) filter (where y.i = y.first) as asking,
         array_agg(y.key order by y.i) filter (where y.i = y.first) as keys,
         array_agg(y.states order by y.i) filter (where y.i = y.first) as states
    into a
    from (select u.i::int as i, u.key, u.states, (min(u.i) over (partition by u.key))::int as first
            from unnest(p_keys, p_key_states, p_later) with ordinality u(key, states, later, i)
           where u.key is not null and (u.later is not true or u.states & 1 <> 0)) y;
  if a.items is null then return; end if;
  if v_got is null then
    v_got := ${schema}.lock_keys(a.keys, p_wait);
    l := ${schema}.look_keys(a.keys, null);
  end if;
  for j in select x.j from unnest(v_got, l.holders) with ordinality x(got, holder, j)
            where not x.got or x.holder is not null
  loop
    fates[a.asking[j]] := case when v_got[j] then 1 else 2 end;
    ids[a.asking[j]] := case when v_got[j] then l.holders[j] end;
  end loop;
  for j in select x.j from unnest(a.items, a.firsts) with ordinality x(item, first, j) where x.item <> x.first loop
    fates[a.items[j]] := case fates[a.firsts[j]] when 2 then 2 else 1 end;
  end loop;
  if p_fail and 1 = any (fates) then
    for j in 1 .. p_n loop
      if fates[j] <> 1 then fates[j] := 3; end if;
    end loop;
    return;
  end if;
  items := a.items; firsts := a.firsts;
  select array_agg(u.item order by u.j), array_agg(u.key order by u.j), array_agg(u.version order by u.j),
         array_agg(u.states order by u.j)
    into takers, keys, versions, states
    from unnest(a.asking, a.keys, l.versions, a.states) with ordinality u(item, key, version, states, j)
   where fates[u.item] = 0;
  stale := l.stale;
end $awa$;

-- Gives keys to the takers that ask_for found, whose ids are known now; answers all ids, those of duplicates of one of this
-- call as well.
create or replace function ${schema}.take_asked(p_asked record, p_ids bigint[]) returns bigint[]
language plpgsql as $awa$
declare
  v_ids bigint[] := p_ids; v_takers bigint[]; j int;
begin
  if p_asked.all_free then
    v_takers := p_ids;
  else
    for j in select x.j from unnest(p_asked.items, p_asked.firsts) with ordinality x(item, first, j) where x.item <> x.first loop
      v_ids[p_asked.items[j]] := v_ids[p_asked.firsts[j]];
    end loop;
    v_takers := array(select v_ids[u.item] from unnest(p_asked.takers) with ordinality u(item, j) order by u.j);
  end if;
  perform ${schema}.add_keys(p_asked.keys, p_asked.versions, v_takers, p_asked.states, p_asked.stale);
  return v_ids;
end $awa$;

-- Takes keys and positions for jobs of which none waits for its time, p_n of them, p_keys null where one has no key. The
-- caller writes the bodies of those with fate 0 into jobs_<child>, with key and mask, in the same transaction, before that
-- asks for one of the keys again. Until then, and where it commits without, they are free: a job that is nowhere is in no mask.
-- cell: null where none is stored. p_lanes may have one element for all. ids and fates as submit answers them.
create or replace function ${schema}.reserve_unique(p_lanes int[], p_n int, p_keys uuid[], p_key_states int[],
  p_wait boolean, p_fail boolean, out cell bigint, out ids bigint[], out fates int[])
language plpgsql as $awa$
declare
  k record; v_items int[]; v_positions bigint[]; j int;
begin
  k := ${schema}.ask_for(p_n, p_keys, p_key_states, null, p_wait, p_fail);
  fates := k.fates;
  if k.all_free then
    select r.cell, r.positions into cell, ids from ${schema}.reserve(p_lanes, p_n) r;
    ids := ${schema}.take_asked(k, ids);
    return;
  end if;
  ids := k.ids;
  v_items := array(select u.i from unnest(fates) with ordinality u(fate, i) where u.fate = 0 order by u.i);
  if cardinality(v_items) > 0 then
    select r.cell, r.positions into cell, v_positions
      from ${schema}.reserve(case when cardinality(p_lanes) = 1 then p_lanes
                                  else array(select p_lanes[u.i] from unnest(v_items) with ordinality u(i, j) order by u.j) end,
                             cardinality(v_items)) r;
    for j in 1 .. cardinality(v_items) loop ids[v_items[j]] := v_positions[j]; end loop;
  end if;
  ids := ${schema}.take_asked(k, ids);
end $awa$;

-- p_lanes, p_kinds, p_max_attempts may have one element for all. p_due_us: microseconds since 1970; p_delay_ms: from now
-- on, by this server's clock; both null: at once. p_key_states, p_wait, p_fail: as ask_for takes them.
-- Answers by job, in order: fates 0 stored, 1 duplicate, 2 busy (without p_wait), 3 not stored for another's sake (p_fail);
-- ids: of the job itself, or of the one that holds the key; null where that one is of this call and was not stored.
create or replace function ${schema}.submit(p_lanes int[], p_kinds int[], p_max_attempts int[], p_args text[],
  p_extras text[], p_due_us bigint[], p_delay_ms bigint[], p_keys uuid[], p_key_states int[], p_wait boolean,
  p_fail boolean, out ids bigint[], out fates int[])
language plpgsql
set plan_cache_mode = force_generic_plan set max_parallel_workers_per_gather = 0
as $awa$
declare
  v_n int := cardinality(p_args); k record; p record; w record; v_ids bigint[]; j int;
  v_later boolean[] := array(select coalesce(u.due, u.delay) is not null
                               from unnest(p_due_us, p_delay_ms) with ordinality u(due, delay, i) order by u.i);
begin
  if not true = any (v_later) then v_later := null; end if;
  k := ${schema}.ask_for(v_n, p_keys, p_key_states, v_later, p_wait, p_fail);
  ids := k.ids; fates := k.fates;

  if v_n > 0 and 0 = all (fates) and v_later is null then
    ids := ${schema}.enqueue(p_lanes, p_kinds, p_max_attempts, p_args, p_extras, p_keys, p_key_states);
  else
    select array_agg(row(null, null,
             -- In two steps: a product with an interval is a double, exact for whole seconds.
             case when u.due is not null then timestamptz 'epoch' + u.due / 1000000 * interval '1 second'
                                                                  + u.due % 1000000 * interval '1 microsecond'
                  else clock_timestamp() + u.delay * interval '1 millisecond' end,
             null, null, coalesce(u.lane, p_lanes[1]), coalesce(u.kind, p_kinds[1]), null, 0,
             coalesce(u.max_attempts, p_max_attempts[1]), u.states, 's', u.key, null, u.args::json,
             u.extras::jsonb)::${schema}.new_entry order by u.i) as rows,
           array_agg(u.i::int order by u.i) as items
      into w
      from unnest(p_lanes, p_kinds, p_max_attempts, p_args, p_extras, p_due_us, p_delay_ms, p_keys, p_key_states, fates)
             with ordinality u(lane, kind, max_attempts, args, extras, due, delay, key, states, fate, i)
     where u.fate = 0 and coalesce(u.due, u.delay) is not null;
    if w.items is not null then
      v_ids := ${schema}.add_entries(w.rows);
      for j in 1 .. cardinality(w.items) loop ids[w.items[j]] := v_ids[j]; end loop;
    end if;
    select array_agg(coalesce(u.lane, p_lanes[1]) order by u.i) as lanes,
           array_agg(coalesce(u.kind, p_kinds[1]) order by u.i) as kinds,
           array_agg(coalesce(u.max_attempts, p_max_attempts[1]) order by u.i) as max_attempts,
           array_agg(u.args order by u.i) as args, array_agg(u.extras order by u.i) as extras,
           array_agg(u.key order by u.i) as keys, array_agg(u.states order by u.i) as states,
           array_agg(u.i::int order by u.i) as items
      into p
      from unnest(p_lanes, p_kinds, p_max_attempts, p_args, p_extras, p_due_us, p_delay_ms, p_keys, p_key_states, fates)
             with ordinality u(lane, kind, max_attempts, args, extras, due, delay, key, states, fate, i)
     where u.fate = 0 and coalesce(u.due, u.delay) is null;
    if p.items is not null then
      v_ids := ${schema}.enqueue(p.lanes, p.kinds, p.max_attempts, p.args, p.extras, p.keys, p.states);
      for j in 1 .. cardinality(p.items) loop ids[p.items[j]] := v_ids[j]; end loop;
    end if;
  end if;

  ids := ${schema}.take_asked(k, ids);
end $awa$;
