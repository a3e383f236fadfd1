-- What is left in a sealed store: found, carried to the current store, recorded as nothing, given back. Invariants S8 to S12
-- stand in 75_store_maintenance.sql.
-- Lock order: stores row, progress (SHARE, NOWAIT), endings ascending by entry, then adding; prune: the four children.

-- awa:each-store
-- Entries behind p_from by number: live ones, p_limit at most (with 0 the first one ends the search), among p_most rows.
-- low: all up to it are spent; last: how far it looked; held: one of the live ones may be reported on.
create or replace function ${schema}.look_${store}(p_from bigint, p_limit int, p_most int,
  out live bigint[], out held boolean, out low bigint, out last bigint, out seen int)
language plpgsql as $awa$
declare
  r record;
begin
  live := '{}'; held := false; low := p_from; last := p_from; seen := 0;
  for r in
    select e.entry, e.state,
           e.state in ('f', 'd', 'x') and coalesce(e.until < clock_timestamp(), false)
             or exists (select from ${schema}.endings_${store} x where x.entry = e.entry offset 0) as spent
      from ${schema}.entries_${store} e where e.entry > p_from order by e.entry limit p_most
  loop
    seen := seen + 1; last := r.entry;
    if not r.spent then
      live := live || r.entry;
      held := held or r.state in ('h', 'w');
      exit when cardinality(live) >= p_limit;
    elsif cardinality(live) = 0 then
      low := r.entry;
    end if;
  end loop;
end $awa$;

create or replace function ${schema}.copies_${store}(p_entries bigint[], out rows ${schema}.new_entry[],
  out created timestamptz[])
language plpgsql as $awa$
begin
  select array_agg(row(null, e.origin, e.due_at, e.until, e.lease, e.lane, e.kind, e.worker, e.attempt, e.max_attempts,
                       e.key_states, e.state, e.key, e.callback, e.args, e.extras)::${schema}.new_entry order by e.entry),
         array_agg(e.created_at order by e.entry)
    into rows, created from ${schema}.entries_${store} e where e.entry = any (p_entries);
end $awa$;

create or replace function ${schema}.paste_${store}(p_rows ${schema}.new_entry[], p_ids bigint[], p_created timestamptz[])
returns void language plpgsql as $awa$
begin
  insert into ${schema}.entries_${store} (entry, origin, created_at, due_at, until, lease, lane, kind, worker, attempt,
    max_attempts, key_states, state, key, callback, args, extras)
  select p_ids[u.i], u.origin, p_created[u.i],
         case when u.due_at is not null then greatest(u.due_at, clock_timestamp()) end, u.until, u.lease, u.lane, u.kind, u.worker,
         u.attempt, u.max_attempts, u.key_states, u.state, u.key, u.callback, u.args, u.extras
    from (select x.*, row_number() over () as i from unnest(p_rows) x) u;
end $awa$;

-- The newest report of each; no row for who has none.
create or replace function ${schema}.reports_${store}(p_entries bigint[]) returns setof ${schema}.progress_${store}
language sql stable as $awa$
  select p.* from unnest(p_entries) u(entry)
   cross join lateral (select * from ${schema}.progress_${store} y where y.entry = u.entry order by y.seq desc limit 1) p
$awa$;

create or replace function ${schema}.paste_reports_${store}(p_entries bigint[], p_seqs bigint[], p_ats timestamptz[],
  p_bodies jsonb[]) returns void
language plpgsql as $awa$
begin
  insert into ${schema}.progress_${store} (entry, seq, at, body)
  select * from unnest(p_entries, p_seqs, p_ats, p_bodies) on conflict do nothing;
end $awa$;
-- awa:end

-- Reporters hold this before they look for their entries (S9).
create or replace function ${schema}.enter_progress() returns void
language plpgsql as $awa$
begin
-- awa:each-store
  lock table ${schema}.progress_${store} in row exclusive mode;
-- awa:end
end $awa$;

-- Moves entries of one store to the current one; answers how many it ended itself, and how often somebody stood in the way.
create or replace function ${schema}.move_entries(p_child int, p_entries bigint[], p_held boolean, p_closer bigint,
  out moved int, out refused int)
language plpgsql as $awa$
declare
  w record; c record; v record; v_ended bigint[]; v_ids bigint[]; v_to int;
begin
  w := ${schema}.end_patiently(p_child, p_entries, null, p_closer, 'm');
  refused := w.refused;
  v_ended := array(select u from unnest(w.ended) u order by u);
  moved := cardinality(v_ended);
  if moved = 0 then return; end if;
  case p_child
-- awa:each-store
    when ${store} then
      c := ${schema}.copies_${store}(v_ended);
      if p_held then
        select array_agg(r.entry) as entries, array_agg(r.seq) as seqs, array_agg(r.at) as ats, array_agg(r.body) as bodies
          into v from ${schema}.reports_${store}(v_ended) r;
      end if;
-- awa:end
  end case;
  v_ids := array(select nextval(format('%I.entry_ids', ${schema_literal})::regclass) from generate_series(1, moved));
  v_to := ${schema}.enter_store() & 255;
  case v_to
-- awa:each-store
    when ${store} then
      perform ${schema}.paste_${store}(c.rows, v_ids, c.created);
      if p_held then
        perform ${schema}.paste_reports_${store}(array(
                  select v_ids[array_position(v_ended, u.entry)] from unnest(v.entries) with ordinality u(entry, i) order by u.i),
                  v.seqs, v.ats, v.bodies);
      end if;
-- awa:end
  end case;
end $awa$;

-- Goes through a sealed store from p_from, a low-water of the caller's (0: none), and carries up to p_limit live entries to
-- the current store; with p_limit = 0 it only looks. Answers the new low-water. outcome: Spent (all of it, to the end), Live
-- (the look has met one), Carried (moved; there may be more), Blocked (relation; or null where endings of another
-- transaction stood in the way of all), Idle (not sealed, or finished).
create or replace function ${schema}.carry(p_store bigint, p_from bigint, p_limit int, p_closer bigint,
  out outcome text, out relation text, out moved int, out low bigint)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
declare
  v_child int; l record; m record; v_most constant int := 50000;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'carry needs READ COMMITTED' using errcode = '25001';
  end if;
  outcome := 'Idle'; moved := 0; low := p_from;
  select s.child into v_child from ${schema}.stores s
   where s.store = p_store and s.sealed_at is not null and s.finished_at is null and s.reclaimed_at is null;
  if not found then return; end if;
  begin
    -- Held ones are known after a look, and have to be looked at again once no report can come (S9).
    for i in 1 .. 2 loop
      case v_child
-- awa:each-store
        when ${store} then l := ${schema}.look_${store}(p_from, p_limit, v_most);
-- awa:end
      end case;
      exit when not l.held or p_limit = 0 or relation is not null;
      relation := 'progress_' || v_child;
      case v_child
-- awa:each-store
        when ${store} then lock table ${schema}.progress_${store} in share mode nowait;
-- awa:end
      end case;
    end loop;
    low := l.low;
    if cardinality(l.live) = 0 then
      outcome := case when l.seen < v_most then 'Spent' else 'Carried' end;
    elsif p_limit = 0 then
      outcome := 'Live';
    else
      m := ${schema}.move_entries(v_child, l.live, l.held, p_closer);
      moved := m.moved;
      if m.refused = 0 then low := l.last; end if;
      outcome := case when m.refused > 0 and m.moved = 0 then 'Blocked' else 'Carried' end;
    end if;
    relation := null;
  exception when lock_not_available then
    outcome := 'Blocked'; moved := 0; low := p_from;
  end;
end $awa$;

-- The highest version of a key in some of the children.
create or replace function ${schema}.key_version(p_key uuid, p_among boolean[]) returns bigint
language plpgsql stable as $awa$
declare
  v_most bigint;
begin
-- awa:each-store
  if p_among[${store} + 1] then
    v_most := greatest(v_most, (select k.version from ${schema}.keys_${store} k where k.key = p_key
                                 order by k.version desc limit 1));
  end if;
-- awa:end
  return v_most;
end $awa$;

-- Which children carry live stores of a number above this one.
create or replace function ${schema}.stores_above(p_store bigint) returns boolean[]
language sql stable as $awa$
  select array[
-- awa:each-store
    exists (select from ${schema}.stores s where s.child = ${store} and s.store > p_store and s.reclaimed_at is null),
-- awa:end
    false]
$awa$;

-- awa:each-store
-- Newest versions behind p_from by key, and whether each has to be carried (S10).
create or replace function ${schema}.keys_due_${store}(p_from uuid, p_above boolean[], p_limit int)
returns table (key uuid, version bigint, job bigint, at timestamptz, states int2, pos bigint, low bigint, due boolean)
language sql stable as $awa$
  select k.key, k.version, k.job, k.at, k.states, k.pos, k.low,
         coalesce(${schema}.key_version(k.key, p_above) < k.version, true) and ${schema}.key_live(k.job, k.states)
    from (select y.key, max(y.version) as version from ${schema}.keys_${store} y where y.key > p_from
           group by y.key order by y.key limit p_limit) n
    join ${schema}.keys_${store} k on k.key = n.key and k.version = n.version
$awa$;

create or replace function ${schema}.paste_keys_${store}(p_keys uuid[], p_versions bigint[], p_jobs bigint[],
  p_ats timestamptz[], p_states int2[], p_positions bigint[], p_lows bigint[]) returns void
language plpgsql as $awa$
begin
  insert into ${schema}.keys_${store} (key, version, job, at, states, pos, low)
  select * from unnest(p_keys, p_versions, p_jobs, p_ats, p_states, p_positions, p_lows) u(key, version, job, at, states, pos, low)
   order by 1, 2
  on conflict do nothing;
end $awa$;

create or replace function ${schema}.finish_store_${store}(p_store bigint, p_low bigint, p_key_low uuid, p_above boolean[])
returns boolean language plpgsql as $awa$
begin
  update ${schema}.stores s set finished_at = clock_timestamp()
   where s.store = p_store and s.sealed_at is not null and s.finished_at is null and s.reclaimed_at is null
     and not exists (select from ${schema}.entries_${store} e
                      where e.entry > p_low
                        and not (e.state in ('f', 'd', 'x') and coalesce(e.until < clock_timestamp(), false))
                        and not exists (select from ${schema}.endings_${store} x where x.entry = e.entry))
     and not exists (select from ${schema}.keys_due_${store}(p_key_low, p_above, null) k where k.due);
  return found;
end $awa$;
-- awa:end

-- Carries keys of a sealed store behind p_from (all zeros: the first), p_limit looked at. outcome: Spent, Carried, Blocked,
-- Idle, as for entries; low: what is up to it is left behind.
create or replace function ${schema}.carry_keys(p_store bigint, p_from uuid, p_limit int,
  out outcome text, out relation text, out moved int, out low uuid)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
declare
  v_child int; v_to int; k record; v_above boolean[] := ${schema}.stores_above(p_store);
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'carry_keys needs READ COMMITTED' using errcode = '25001';
  end if;
  outcome := 'Idle'; moved := 0; low := p_from;
  select s.child into v_child from ${schema}.stores s
   where s.store = p_store and s.sealed_at is not null and s.finished_at is null and s.reclaimed_at is null;
  if not found then return; end if;
  case v_child
-- awa:each-store
    when ${store} then
      select array_agg(d.key) filter (where d.due) as keys, array_agg(d.version) filter (where d.due) as versions,
             array_agg(d.job) filter (where d.due) as jobs, array_agg(d.at) filter (where d.due) as ats,
             array_agg(d.states) filter (where d.due) as states, array_agg(d.pos) filter (where d.due) as positions,
             array_agg(d.low) filter (where d.due) as lows, count(*) as n, (array_agg(d.key order by d.key desc))[1] as last
        into k from ${schema}.keys_due_${store}(p_from, v_above, p_limit) d;
-- awa:end
  end case;
  moved := coalesce(cardinality(k.keys), 0);
  if moved > 0 then
    begin
      v_to := ${schema}.enter_store() & 255;
      case v_to
-- awa:each-store
        when ${store} then perform ${schema}.paste_keys_${store}(k.keys, k.versions, k.jobs, k.ats, k.states, k.positions, k.lows);
-- awa:end
      end case;
    exception when lock_not_available then
      outcome := 'Blocked'; moved := 0;
      return;
    end;
  end if;
  low := coalesce(k.last, p_from);
  outcome := case when k.n < p_limit then 'Spent' else 'Carried' end;
end $awa$;

-- Records that nothing in a sealed store is live, or says what is: entries, keys. p_low and p_key_low are what carry and
-- carry_keys answered the same leader; null: none.
create or replace function ${schema}.finish_store(p_store bigint, p_low bigint, p_key_low uuid,
  out outcome text, out reason text)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
declare
  v_child int; v_done boolean; l record; v_low bigint := coalesce(p_low, 0);
  v_key_low uuid := coalesce(p_key_low, '00000000-0000-0000-0000-000000000000');
begin
  outcome := 'Idle';
  select s.child into v_child from ${schema}.stores s
   where s.store = p_store and s.sealed_at is not null and s.finished_at is null and s.reclaimed_at is null;
  if not found then return; end if;
  case v_child
-- awa:each-store
    when ${store} then
      v_done := ${schema}.finish_store_${store}(p_store, v_low, v_key_low, ${schema}.stores_above(p_store));
      if not v_done then l := ${schema}.look_${store}(v_low, 0, 1000); end if;
-- awa:end
  end case;
  outcome := case when v_done then 'Finished' else 'SkippedActive' end;
  if not v_done then reason := case when l.seen = 1000 or cardinality(l.live) > 0 then 'entries' else 'keys' end; end if;
end $awa$;

-- Gives a store back that was finished p_keep ago. Its endings name the calls that wrote them (S5): a call that is sent
-- again, its answer lost, finds nothing of itself once they are gone. Empty tables are left alone: a TRUNCATE would rewrite
-- their catalogue rows for nothing. p_wait_ms: of lock_children.
create or replace function ${schema}.prune_store(p_store bigint, p_wait_ms int default 0, p_keep interval default '0',
  out outcome text, out relation text)
language plpgsql as $awa$
declare
  k int;
begin
  outcome := 'Idle';
  select s.child into k from ${schema}.stores s
   where s.store = p_store and s.finished_at <= clock_timestamp() - p_keep and s.reclaimed_at is null for update;
  if not found then return; end if;
  relation := ${schema}.lock_children(array['entries_' || k, 'endings_' || k, 'progress_' || k, 'keys_' || k], p_wait_ms);
  if relation is not null then
    outcome := 'Blocked';
    return;
  end if;
  perform nextval(format('%I.reclaimed_stores', ${schema_literal})::regclass);                -- S12
  case k
-- awa:each-store
    when ${store} then
      truncate ${schema}.entries_${store};
      if exists (select from ${schema}.endings_${store}) then truncate ${schema}.endings_${store}; end if;
      if exists (select from ${schema}.progress_${store}) then truncate ${schema}.progress_${store}; end if;
      if exists (select from ${schema}.keys_${store}) then truncate ${schema}.keys_${store}; end if;
-- awa:end
  end case;
  update ${schema}.stores set reclaimed_at = clock_timestamp() where store = p_store;
  outcome := 'Pruned';
end $awa$;
