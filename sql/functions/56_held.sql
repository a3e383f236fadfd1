-- Ends of entries, and held attempts: those that run long, report progress or wait for a callback. Their job is an entry
-- with a body of its own, so no segment waits for it; `lease` names the attempt.
--
-- Invariants
--   S4  One statement looks for an entry in every store, so in one snapshot: of the copies a move makes exactly one is
--       without an ending. Who loses to a move in between is told `again` and looks anew in a new transaction.
--   S5  A call is named by its closer, which is in the endings: sent again after a lost answer it counts what it ended the
--       first time as accepted (as I10), and leaves alone what has become of the attempt since.
-- Lock order: endings by (child, entry), progress (SHARE, by child), then entries.

-- awa:each-store
create or replace function ${schema}.end_${store}(p_entries bigint[], p_outcomes text[], p_closer bigint) returns bigint[]
language plpgsql as $awa$
declare
  v_ended bigint[];
begin
  with x as (
    insert into ${schema}.endings_${store} (entry, closer, at, outcome)
    select e.entry, p_closer, clock_timestamp(), u.outcome::"char"
      from unnest(p_entries, p_outcomes) u(entry, outcome)
      join ${schema}.entries_${store} e on e.entry = u.entry
     order by e.entry
    on conflict do nothing returning entry)
  select array_agg(x.entry) into v_ended from x;
  return coalesce(v_ended, '{}');
end $awa$;

-- The entries that follow ended ones, by state. Delays in milliseconds: until t and z are available, until h and w expire;
-- null for t: the queue's backoff. Held and parked entries keep lease, worker and callback; a callback of zeros takes it off.
create or replace function ${schema}.follow_${store}(p_entries bigint[], p_states text[], p_delays bigint[],
  p_details text[], p_callbacks uuid[]) returns ${schema}.new_entry[]
language plpgsql as $awa$
declare
  v_rows ${schema}.new_entry[];
begin
  select array_agg(row(null, e.origin,
           case when y.state in ('t', 'z', 'h', 'w', 's') then clock_timestamp() + make_interval(secs => coalesce(u.delay,
             case y.state when 't' then ${schema}.backoff(e.attempt, q.backoff_ms, q.backoff_max_ms)
                          when 'z' then 0 end) / 1000.0) end,
           ${schema}.kept_until(l.queue, y.state), case when y.state in ('h', 'w') then e.lease end, e.lane, e.kind,
           case when y.state in ('h', 'w') then e.worker end,
           e.attempt - case when y.state = 'z' and e.state in ('h', 'w') then 1 else 0 end, e.max_attempts, e.key_states,
           y.state, e.key, case when y.state in ('h', 'w') then nullif(coalesce(u.callback, e.callback), '00000000-0000-0000-0000-000000000000') end, e.args,
           ${schema}.with_detail(
             case when p.body is null then e.extras else coalesce(e.extras, '{}') || jsonb_build_object('progress', p.body) end,
             u.detail::jsonb, e.attempt))::${schema}.new_entry order by u.i)
    into v_rows
    from unnest(p_entries, p_states, p_delays, p_details, p_callbacks)
           with ordinality u(entry, state, delay, detail, callback, i)
    join ${schema}.entries_${store} e on e.entry = u.entry
    join ${schema}.lanes l on l.lane = e.lane
    join ${schema}.queues q on q.queue = l.queue
   cross join lateral (select ${schema}.progress_of_${store}(e.entry) as body) p
   cross join lateral (select case when u.state = 'f' and q.dead_letter then 'd' else u.state end::"char" as state) y;
  return coalesce(v_rows, '{}');
end $awa$;
-- awa:end

-- Ends entries of one or more stores, in one order for all callers; answers those that this call ended.
create or replace function ${schema}.end_entries(p_stores int[], p_entries bigint[], p_outcomes text[], p_closer bigint)
returns bigint[] language plpgsql as $awa$
declare
  v_ended bigint[] := '{}'; v_mine int[];
begin
-- awa:each-store
  v_mine := array(select u.i from unnest(p_stores) with ordinality u(store, i) where u.store = ${store});
  if cardinality(v_mine) > 0 then
    v_ended := v_ended || ${schema}.end_${store}(array(select p_entries[i] from unnest(v_mine) i),
                                                 array(select p_outcomes[i] from unnest(v_mine) i), p_closer);
  end if;
-- awa:end
  return v_ended;
end $awa$;

-- Adds what follows entries that this transaction has ended; arrays by entry. Answers the new numbers.
create or replace function ${schema}.follow(p_stores int[], p_entries bigint[], p_states text[], p_delays bigint[],
  p_details text[], p_callbacks uuid[]) returns bigint[]
language plpgsql as $awa$
declare
  v_rows ${schema}.new_entry[] := '{}'; v_mine int[];
begin
-- awa:each-store
  v_mine := array(select u.i from unnest(p_stores) with ordinality u(store, i) where u.store = ${store});
  if cardinality(v_mine) > 0 then
    v_rows := v_rows || ${schema}.follow_${store}(array(select p_entries[i] from unnest(v_mine) i),
      array(select p_states[i] from unnest(v_mine) i), array(select p_delays[i] from unnest(v_mine) i),
      array(select p_details[i] from unnest(v_mine) i), array(select p_callbacks[i] from unnest(v_mine) i));
  end if;
-- awa:end
  return ${schema}.add_entries(v_rows);
end $awa$;

-- Every entry that a held attempt had or has, with its ending.
create or replace function ${schema}.held(p_leases bigint[])
returns table (lease bigint, store int, entry bigint, state "char", outcome "char", closer bigint)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
begin
  return query
  select null::bigint, 0, 0::bigint, null::"char", null::"char", null::bigint where false
-- awa:each-store
   union all
  select u.lease, ${store}, e.entry, e.state, x.outcome, x.closer
    from unnest(p_leases) u(lease)
    join ${schema}.entries_${store} e on e.lease = u.lease
    left join ${schema}.endings_${store} x on x.entry = e.entry
-- awa:end
  ;
end $awa$;

-- Ends held attempts, those that are parked included: their own worker names them by the lease. p_outcomes: c, t, z, f, d,
-- x, or w to park one until its callback comes; delays and details as for close. Answers for each item (from 1):
-- accepted, and again where a rival came between. Absent: the lease is stale.
create or replace function ${schema}.settle(p_leases bigint[], p_outcomes text[], p_delays bigint[], p_details text[],
  p_closer bigint) returns table (item int, accepted boolean, fresh boolean, again boolean)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
declare
  v_items int[]; v_stores int[]; v_entries bigint[]; v_ended bigint[]; v_mine int[]; v_done int[]; v_next int[];
begin
  select array_agg(y.i) filter (where y.live), array_agg(y.store) filter (where y.live),
         array_agg(y.entry) filter (where y.live), array_agg(y.i) filter (where y.mine)
    into v_items, v_stores, v_entries, v_mine
    from (select distinct on (h.entry) u.i::int as i, h.store, h.entry, coalesce(h.closer = p_closer, false) as mine,
                 h.outcome is null and h.state in ('h', 'w')
                   and not coalesce(bool_or(h.closer = p_closer) over (partition by h.lease), false) as live
            from ${schema}.held(p_leases) h join unnest(p_leases) with ordinality u(lease, i) on u.lease = h.lease
           order by h.entry, u.i) y;
  v_ended := ${schema}.end_entries(v_stores, v_entries, array(select p_outcomes[i] from unnest(v_items) i), p_closer);
  v_done := array(select k from generate_subscripts(v_items, 1) k where v_entries[k] = any (v_ended));
  v_next := array(select k from unnest(v_done) k where p_outcomes[v_items[k]] <> 'c');
  perform ${schema}.follow(array(select v_stores[k] from unnest(v_next) k), array(select v_entries[k] from unnest(v_next) k),
    array(select p_outcomes[v_items[k]] from unnest(v_next) k), array(select p_delays[v_items[k]] from unnest(v_next) k),
    array(select p_details[v_items[k]] from unnest(v_next) k), null);
  return query
  select v_items[k], k = any (v_done), k = any (v_done), not k = any (v_done) from generate_subscripts(v_items, 1) k
   union all
  select i, true, false, false from unnest(v_mine) i;
end $awa$;

-- Who ends entries of attempts that run, other than by their own worker's settle, calls this between ending them and
-- following them (S9): what is reported is in what follows, or the report finds the attempt where it stands by then. Short
-- transactions only, for reports wait meanwhile.
create or replace function ${schema}.await_progress(p_stores int[]) returns void
language plpgsql as $awa$
begin
-- awa:each-store
  if ${store} = any (p_stores) then lock table ${schema}.progress_${store} in share mode; end if;
-- awa:end
end $awa$;

-- Progress of held attempts that run; seq ascends with what is newer. Answers the leases that stand.
create or replace function ${schema}.report(p_leases bigint[], p_seqs bigint[], p_bodies text[]) returns bigint[]
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off
as $awa$
declare
  h record; v_standing bigint[] := '{}';
begin
  perform ${schema}.enter_progress();                                                         -- S9
  for h in
    select x.store, x.entry, x.lease, u.seq, u.body
      from ${schema}.held(p_leases) x join unnest(p_leases, p_seqs, p_bodies) u(lease, seq, body) on u.lease = x.lease
     where x.outcome is null and x.state = 'h'
  loop
    case h.store
-- awa:each-store
      when ${store} then
        insert into ${schema}.progress_${store} (entry, seq, at, body)
        values (h.entry, h.seq, clock_timestamp(), h.body::jsonb) on conflict do nothing;
-- awa:end
    end case;
    v_standing := v_standing || h.lease;
  end loop;
  return v_standing;
end $awa$;
