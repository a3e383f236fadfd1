-- Rescue of attempts that live in the store: held ones of dead processes, held ones past their deadline, parked ones whose
-- callback did not come. Who is dead is decided as in 58_rescue.sql (I16).
--
-- Invariants
--   I19 Low-water of expiry: as S6, for all stores at once. A mark (t0, x0) costs no xid: the clock is read, and then the
--       next xid that will be handed out. Whoever added an entry with due_at < t0 had an xid by then, which is below x0;
--       a call whose xmin has reached x0 sees all of them. age() remembers the next xid for its transaction, so a
--       mark wants a transaction of its own; an older one read here after a commit comes out too high, which is safe.
-- An entry that another transaction is ending is skipped after 50 ms (55P03, and nothing else) and met again.
-- Lock order: endings by (store child, entry), progress (SHARE), adding to the store.

-- Ends entries and adds what follows them, in one piece, or none of them (busy).
create or replace function ${schema}.rescue_entries_try(p_stores int[], p_entries bigint[], p_whys text[], p_states text[],
  p_workers int[], p_leases bigint[], p_closer bigint, out ended bigint[], out busy boolean)
language plpgsql as $awa$
declare
  v_mine int[]; v_timeout text := ${schema}.wait_briefly(50);
begin
  busy := false;
  begin
    ended := ${schema}.end_entries(p_stores, p_entries, p_states, p_closer);
    v_mine := array(select i from generate_subscripts(p_entries, 1) i where p_entries[i] = any (ended));
    perform ${schema}.await_progress(array(select p_stores[i] from unnest(v_mine) i where p_whys[i] <> 'callback'));
    perform ${schema}.follow(array(select p_stores[i] from unnest(v_mine) i), array(select p_entries[i] from unnest(v_mine) i),
      array(select p_states[i] from unnest(v_mine) i), null,
      array(select ${schema}.rescue_detail(p_whys[i], p_states[i], p_workers[i],
                     (select w.name from ${schema}.workers w where w.worker = p_workers[i])) from unnest(v_mine) i), null);
    perform ${schema}.tell_cancelled(p_workers[i], 0, p_leases[i]) from unnest(v_mine) i
      where p_whys[i] <> 'crash' and p_workers[i] is not null;
  exception when lock_not_available then
    ended := '{}'; busy := true;
  end;
  perform set_config('lock_timeout', v_timeout, true);
end $awa$;

create or replace function ${schema}.rescue_entries(p_stores int[], p_entries bigint[], p_whys text[], p_states text[],
  p_workers int[], p_leases bigint[], p_closer bigint, out ended bigint[], out busy int)
language plpgsql as $awa$
declare
  t record; v_timeout text;
begin
  busy := 0;
  t := ${schema}.rescue_entries_try(p_stores, p_entries, p_whys, p_states, p_workers, p_leases, p_closer);
  ended := t.ended;
  if not t.busy then return; end if;
  v_timeout := current_setting('lock_timeout');
  perform set_config('lock_timeout', '5ms', true);
  for i in 1 .. cardinality(p_entries) loop
    t := ${schema}.rescue_entries_try(p_stores[i:i], p_entries[i:i], p_whys[i:i], p_states[i:i], p_workers[i:i],
                                      p_leases[i:i], p_closer);
    ended := ended || t.ended;
    busy := busy + t.busy::int;
  end loop;
  perform set_config('lock_timeout', v_timeout, true);
end $awa$;

-- What is looked for in one store, the store's child in `lane`. Stores are read one by one, and finished ones not at all: one
-- that is being given back makes nobody wait. The list of stores and xmin are read first, by a statement that is not later
-- than any of these: whose xid is below xmin committed before it, and its store was in the list.
-- awa:each-store
create or replace function ${schema}.held_of_${store}(p_dead int[], p_tried bigint[], p_limit int)
returns ${schema}.new_entry[]
language plpgsql as $awa$
begin
  return array(
    select row(e.entry, null, null, null, e.lease, ${store}, null, e.worker, e.attempt, e.max_attempts, null, e.state, null,
               null, null, null)::${schema}.new_entry
      from unnest(p_dead) d(worker) join ${schema}.entries_${store} e on e.worker = d.worker and e.state = 'h'
     where not exists (select from ${schema}.endings_${store} x where x.entry = e.entry) and not e.entry = any (p_tried)
     limit p_limit);
end $awa$;

-- Whose held attempts this store has, ended ones as well, without a row among the workers. One probe a process.
create or replace function ${schema}.strays_${store}() returns int[]
language plpgsql as $awa$
declare
  v_worker int := 0; v_strays int[] := '{}';
begin
  loop
    select e.worker into v_worker from ${schema}.entries_${store} e
     where e.state = 'h' and e.worker > v_worker order by e.worker limit 1;
    exit when not found;
    if not exists (select from ${schema}.workers w where w.worker = v_worker) then v_strays := v_strays || v_worker; end if;
  end loop;
  return v_strays;
end $awa$;

create or replace function ${schema}.expired_${store}(p_from timestamptz, p_now timestamptz, p_late timestamptz,
  p_tried bigint[], p_limit int) returns ${schema}.new_entry[]
language plpgsql as $awa$
begin
  return array(
    select row(e.entry, null, e.due_at, null, e.lease, ${store}, null, e.worker, e.attempt, e.max_attempts, null, e.state,
               null, null, null, null)::${schema}.new_entry
      from ${schema}.entries_${store} e
     where e.state in ('h', 'w') and e.due_at >= p_from and e.due_at <= p_now and (e.state = 'w' or e.due_at <= p_late)
       and not exists (select from ${schema}.endings_${store} x where x.entry = e.entry)
       and not e.entry = any (p_tried)
     order by e.due_at limit p_limit);
end $awa$;
-- awa:end

-- Processes that have held attempts, or had, and no row: forgotten ones that went on before they beat (I21).
create or replace function ${schema}.strays() returns int[]
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_sort = off set max_parallel_workers_per_gather = 0
as $awa$
declare
  s record; v_strays int[] := '{}';
begin
  for s in select x.child from ${schema}.open_stores() x loop
    case s.child
-- awa:each-store
      when ${store} then v_strays := v_strays || ${schema}.strays_${store}();
-- awa:end
    end case;
  end loop;
  return array(select distinct x from unnest(v_strays) x order by x);
end $awa$;

-- Held attempts of dead processes, in any store. met: whose there were; tried: which ones.
create or replace function ${schema}.rescue_held(p_dead int[], p_tried bigint[], p_limit int, p_closer bigint,
  out met int[], out tried bigint[], out crashed int, out exhausted int, out busy int, out more boolean)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
declare
  v record; b record; s record; v_found ${schema}.new_entry[] := '{}';
begin
  crashed := 0; exhausted := 0; busy := 0; more := false; met := '{}'; tried := '{}';
  for s in select x.child from ${schema}.open_stores() x loop
    case s.child
-- awa:each-store
      when ${store} then v_found := v_found || ${schema}.held_of_${store}(p_dead, p_tried, p_limit - cardinality(v_found));
-- awa:end
    end case;
  end loop;
  select array_agg(y.lane order by y.lane, y.entry) as stores, array_agg(y.entry order by y.lane, y.entry) as entries,
         array_agg(case when y.attempt < y.max_attempts then 't' else 'f' end order by y.lane, y.entry) as states,
         array_agg(y.worker order by y.lane, y.entry) as workers, array_agg(y.lease order by y.lane, y.entry) as leases
    into v
    from unnest(v_found) y;
  if v.entries is null then return; end if;
  tried := v.entries; met := v.workers; more := cardinality(v.entries) >= p_limit;
  b := ${schema}.rescue_entries(v.stores, v.entries, array_fill('crash'::text, array[cardinality(v.entries)]), v.states,
                                v.workers, v.leases, p_closer);
  busy := b.busy;
  crashed := cardinality(b.ended);
  select count(*) into exhausted from unnest(v.entries, v.states) u(entry, state)
   where u.state = 'f' and u.entry = any (b.ended);
end $awa$;

-- Held attempts past their deadline and the grace, and parked ones whose callback did not come. p_from_us: the low-water.
-- clear_us: below it this call, with those tried before it, left nothing behind that it could see; xmin, mark_us, mark: I19.
create or replace function ${schema}.rescue_expired(p_from_us bigint, p_grace_ms bigint, p_tried bigint[], p_limit int,
  p_closer bigint, out mark_us bigint, out mark bigint, out xmin bigint, out clear_us bigint, out tried bigint[],
  out late int, out callbacks int, out exhausted int, out busy int, out more boolean)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
declare
  v record; b record; s record; v_found ${schema}.new_entry[] := '{}'; v_now timestamptz := clock_timestamp();
  v_from timestamptz := to_timestamp(coalesce(p_from_us, 0) / 1e6);
  v_late timestamptz := v_now - make_interval(secs => p_grace_ms / 1000.0);
begin
  mark_us := (date_part('epoch', v_now) * 1e6)::bigint;
  mark := ${schema}.next_xid();
  late := 0; callbacks := 0; exhausted := 0; busy := 0; more := false; tried := '{}';
  xmin := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
  for s in select x.child from ${schema}.open_stores() x loop
    case s.child
-- awa:each-store
      when ${store} then v_found := v_found || ${schema}.expired_${store}(v_from, v_now, v_late, p_tried, p_limit);
-- awa:end
    end case;
  end loop;
  select array_agg(y.lane order by y.lane, y.entry) as stores, array_agg(y.entry order by y.lane, y.entry) as entries,
         array_agg(case when y.state = 'w' then 'callback' else 'deadline' end order by y.lane, y.entry) as whys,
         array_agg(case when y.attempt < y.max_attempts then 't' else 'f' end order by y.lane, y.entry) as states,
         array_agg(y.worker order by y.lane, y.entry) as workers, array_agg(y.lease order by y.lane, y.entry) as leases,
         array_agg(y.due_at order by y.lane, y.entry) as dues
    into v
    from (select * from unnest(v_found) z order by z.due_at limit p_limit) y;
  clear_us := (date_part('epoch', v_late) * 1e6)::bigint;
  if v.entries is null then return; end if;
  tried := v.entries; more := cardinality(v.entries) >= p_limit;
  b := ${schema}.rescue_entries(v.stores, v.entries, v.whys, v.states, v.workers, v.leases, p_closer);
  busy := b.busy;
  select count(*) filter (where u.why = 'deadline'), count(*) filter (where u.why = 'callback'),
         count(*) filter (where u.state = 'f')
    into late, callbacks, exhausted
    from unnest(v.entries, v.whys, v.states) u(entry, why, state) where u.entry = any (b.ended);
  select least(clear_us, min((date_part('epoch', u.due) * 1e6)::bigint)) into clear_us
    from unnest(v.entries, v.dues) u(entry, due) where not u.entry = any (b.ended);
end $awa$;

-- The next xid that will be handed out, as a full number, without taking one: whoever has an xid now has a lower one.
create or replace function ${schema}.next_xid() returns bigint
language plpgsql as $awa$
declare
  v_top bigint := pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
begin
  return v_top + (((age('3'::xid)::bigint + 3 - v_top) % 4294967296) + 4294967296) % 4294967296;
end $awa$;
