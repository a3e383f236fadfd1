-- Callbacks: a held attempt gets a token, parks, and is ended or woken from outside by that token.
--
-- Invariants
--   C1  A token stands on at most one entry without an ending: registering ends the held entry and follows it with one that
--       carries the token, parking and extending pass it on, resuming takes it off. So of two answers one finds it ended.
--   C2  Past due_at a parked entry is nobody's but rescue's: every answer is refused as too late, whether rescue came or not.
--   C3  As S5: an answer is named by its closer, and sent again it says what it said the first time.
-- Lock order: endings by (child, entry), progress (SHARE; register only), then entries. An open caller delays only
-- who wants to end this one entry.

-- Entries without an ending, of held attempts.
create or replace function ${schema}.standing(p_leases bigint[])
returns table (lease bigint, store int, entry bigint, state "char", due_at timestamptz, callback uuid, result text)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off
as $awa$
begin
  return query
  select null::bigint, 0, 0::bigint, null::"char", null::timestamptz, null::uuid, null::text where false
-- awa:each-store
   union all
  select u.lease, ${store}, e.entry, e.state, e.due_at, e.callback, (e.extras #> '{callback,payload}')::text
    from unnest(p_leases) u(lease)
    join ${schema}.entries_${store} e on e.lease = u.lease
   where not exists (select from ${schema}.endings_${store} x where x.entry = e.entry)
-- awa:end
  ;
end $awa$;

-- Where attempts stand that their workers wait for: of each the entry without an ending, else its last one. state: null
-- where it has ended; timed_out: since nothing came in time.
create or replace function ${schema}.waits(p_leases bigint[])
returns table (lease bigint, state "char", timed_out boolean, result text)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off
as $awa$
#variable_conflict use_column
begin
  return query
  select distinct on (y.lease) y.lease, case when y.outcome is null then y.state end,
         coalesce(y.state = 'w' and y.outcome in ('t', 'f', 'd') and y.ended_at > y.due_at, false), y.result
    from (
      select null::bigint as lease, 0::bigint as entry, null::"char" as state, null::"char" as outcome,
             null::timestamptz as due_at, null::timestamptz as ended_at, null::text as result where false
-- awa:each-store
       union all
      select u.lease, e.entry, e.state, x.outcome, e.due_at, x.at, (e.extras #> '{callback,payload}')::text
        from unnest(p_leases) u(lease)
        join ${schema}.entries_${store} e on e.lease = u.lease
        left join ${schema}.endings_${store} x on x.entry = e.entry
-- awa:end
    ) y order by y.lease, y.outcome is null desc, coalesce(y.outcome = 'm', false), y.entry desc;
end $awa$;

-- Every entry that carried a token, with its ending.
create or replace function ${schema}.callbacks_of(p_token uuid)
returns table (store int, entry bigint, state "char", attempt int, max_attempts int, due_at timestamptz, lease bigint,
  worker int, awaited boolean, outcome "char", closer bigint, ended_at timestamptz)
language plpgsql as $awa$
begin
  return query
  select 0, 0::bigint, null::"char", 0, 0, null::timestamptz, 0::bigint, 0, false, null::"char", 0::bigint,
         null::timestamptz where false
-- awa:each-store
   union all
  select ${store}, e.entry, e.state, e.attempt::int, e.max_attempts::int, e.due_at, e.lease, e.worker,
         coalesce((e.extras #>> '{callback,awaited}')::boolean, false), x.outcome, x.closer, x.at
    from ${schema}.entries_${store} e
    left join ${schema}.endings_${store} x on x.entry = e.entry
   where e.callback = p_token
-- awa:end
  ;
end $awa$;

-- Gives a held attempt that runs a token of its own, in place of an earlier one. Answers nothing where the lease is stale,
-- and `again` where a rival came between.
create or replace function ${schema}.register_callback(p_lease bigint, p_closer bigint, out token uuid, out again boolean)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off
as $awa$
declare
  e record;
begin
  again := false;
  select * into e from ${schema}.standing(array[p_lease]) s where s.state = 'h' order by s.entry desc limit 1;
  if e.entry is null then return; end if;
  if exists (select from ${schema}.held(array[p_lease]) h where h.closer = p_closer) then
    token := e.callback;
    return;
  end if;
  if cardinality(${schema}.end_entries(array[e.store], array[e.entry], array['h'], p_closer)) = 0 then
    again := true;
    return;
  end if;
  perform ${schema}.await_progress(array[e.store]);
  token := gen_random_uuid();
  perform ${schema}.follow(array[e.store], array[e.entry], array['h'],
    array[greatest(0, date_part('epoch', e.due_at - clock_timestamp()) * 1000)::bigint], array[null::text], array[token]);
end $awa$;

-- Answers a callback. p_action: complete, fail, retry (p_delay null: the queue's backoff), resume, extend (by p_delay from
-- now); p_detail as with_detail takes it. status: done, unknown, ended, late (its time was over), running (it has not
-- parked yet; only complete and fail may come so early). state: of done, what the job became; of ended, how the wait ended.
-- A job that nobody waits for in a live process becomes available when it is resumed, and has its attempt back.
create or replace function ${schema}.answer_callback(p_token uuid, p_action text, p_delay bigint, p_detail text,
  p_closer bigint, p_stale_ms bigint, out status text, out state "char")
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off
as $awa$
declare
  e record; v_outcome text; v_alive boolean;
begin
  loop
    select c.* into e from ${schema}.callbacks_of(p_token) c where c.closer = p_closer limit 1;
    if e.entry is not null then
      status := 'done'; state := e.outcome;
      return;
    end if;
    -- Of copies that a move made the one that was not moved away; numbers ascend.
    select c.* into e from ${schema}.callbacks_of(p_token) c
     order by c.outcome is null desc, coalesce(c.outcome = 'm', false), c.entry desc limit 1;
    if (e.entry is null or e.outcome is not null) and ${schema}.emptied(array[                -- S15
-- awa:each-store
         'entries_${store}',
-- awa:end
         '']) then
      raise exception 'this transaction''s snapshot is too old to tell where a callback stands'
        using errcode = '40001', hint = 'Repeat the transaction.';
    elsif e.entry is null then
      status := 'unknown';
      return;
    elsif e.outcome is not null then
      status := case when e.state = 'w' and e.outcome in ('t', 'f', 'd') and e.ended_at > e.due_at then 'late' else 'ended' end;
      state := e.outcome;
      return;
    elsif e.state = 'w' and e.due_at <= clock_timestamp() then                                 -- C2
      status := 'late'; state := 'w';
      return;
    elsif e.state = 'h' and p_action not in ('complete', 'fail') then
      status := 'running'; state := 'h';
      return;
    end if;
    v_alive := e.awaited and exists (select from ${schema}.workers w where w.worker = e.worker and w.stopped_at is null
                                        and ${schema}.last_beat(w.beat_at, w.cell)
                                            > clock_timestamp() - make_interval(secs => p_stale_ms / 1000.0));
    v_outcome := case p_action when 'complete' then 'c' when 'fail' then 'f' when 'extend' then 'w'
                               when 'retry' then case when e.attempt < e.max_attempts then 't' else 'f' end
                               when 'resume' then case when v_alive then 'h' else 'z' end end;
    exit when cardinality(${schema}.end_entries(array[e.store], array[e.entry], array[v_outcome], p_closer)) > 0;
  end loop;
  if v_outcome <> 'c' then
    perform ${schema}.follow(array[e.store], array[e.entry], array[v_outcome],
      array[case v_outcome when 't' then p_delay when 'w' then p_delay when 'z' then 0 end],
      array[case when p_action = 'retry' and v_outcome = 'f'
                 then (p_detail::jsonb || '{"reason": "max_attempts_exhausted"}')::text else p_detail end],
      array[case when v_outcome = 'h' then '00000000-0000-0000-0000-000000000000'::uuid end]);
  end if;
  if v_outcome = 'h' then
    perform pg_notify(${schema}.channel(), format(E'\u0001resume %s %s', e.worker, e.lease));
  elsif v_outcome <> 'w' and e.worker is not null and (e.state = 'h' or e.awaited) then
    perform pg_notify(${schema}.channel(), format(E'\u0001cancel %s 0 %s', e.worker, e.lease));
  end if;
  status := 'done'; state := v_outcome;
end $awa$;
