-- Requests: actions asked for inside a caller's transaction. They stand in the store until that transaction commits, and
-- are applied right after, in a transaction of their own: nobody waits for the caller, and nothing happens if it rolls back.
--
-- Invariants
--   S13 A request is done by whoever ends its entry (S3); its action is in the same transaction, so it is done exactly once.
--   S14 The low-water of requests is promotion's (S6): due_at is the moment of adding, taken after the xid.
-- Lock order: the request's ending, then that of act. Nobody waits for a request's ending with anything else in hand.

-- p_body: {op, ids | key | filter, options}. Any isolation level. Answers the request's number.
create or replace function ${schema}.request(p_body json) returns bigint
language plpgsql as $awa$
declare
  v_ids bigint[];
begin
  v_ids := ${schema}.add_entries(array[row(null, null, clock_timestamp(), null, null, 0, 0, null, 0, 0, null, 'i', null, null,
                                           p_body, null)::${schema}.new_entry]);
  perform pg_notify(${schema}.channel(), E'\x01request');
  return v_ids[1];
end $awa$;

-- awa:each-store
create or replace function ${schema}.requested_${store}(p_from timestamptz, p_limit int, out entries bigint[],
  out xmin xid8) language plpgsql as $awa$
begin
  select array_agg(d.entry), pg_snapshot_xmin(pg_current_snapshot()) into entries, xmin
    from (select e.entry from ${schema}.entries_${store} e
           where e.state in ('h', 'w', 'i') and e.state = 'i' and e.due_at >= p_from and e.due_at <= clock_timestamp()
             and not exists (select from ${schema}.endings_${store} x where x.entry = e.entry)
           order by e.due_at limit p_limit) d;
end $awa$;

create or replace function ${schema}.request_body_${store}(p_entry bigint, out origin bigint, out body jsonb)
language sql stable as $awa$
  select e.origin, e.args::jsonb from ${schema}.entries_${store} e where e.entry = p_entry and e.state = 'i'
$awa$;
-- awa:end

-- The requests of one store that wait, from its low-water on; fewer than p_limit means that none is left behind.
create or replace function ${schema}.requested(p_store int, p_from timestamptz, p_limit int, out entries bigint[],
  out xmin bigint, out at timestamptz)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
declare
  r record;
begin
  at := clock_timestamp();
  case p_store
-- awa:each-store
    when ${store} then r := ${schema}.requested_${store}(coalesce(p_from, '-infinity'), p_limit);
-- awa:end
  end case;
  entries := coalesce(r.entries, '{}'); xmin := r.xmin::text::bigint;
end $awa$;

-- Puts a request aside; answers whether this call did. Why is kept in an entry of its own, which ends where it begins.
create or replace function ${schema}.refuse_request(p_store int, p_entry bigint, p_closer bigint, p_problem text)
returns boolean
language plpgsql as $awa$
declare
  r record; v_id bigint; v_store int;
begin
  case p_store
-- awa:each-store
    when ${store} then r := ${schema}.request_body_${store}(p_entry);
-- awa:end
  end case;
  if r.origin is null or cardinality(${schema}.end_entries(array[p_store], array[p_entry], array['g'], p_closer)) = 0 then
    return false;
  end if;
  v_id := (${schema}.add_entries(array[row(null, r.origin, null, null, null, 0, 0, null, 0, 0, null, 'i', null, null, '{}',
             jsonb_build_object('problem', left(p_problem, 1000)))::${schema}.new_entry]))[1];
  select e.store into v_store from ${schema}.entries_of(r.origin) e where e.entry = v_id;
  perform ${schema}.end_entries(array[v_store], array[v_id], array['g'], p_closer);
  return true;
end $awa$;

-- Applies one request. done: with how many jobs it acted on; again: a rival came between, send it in a new transaction;
-- gone: somebody else has done it; refused: it can never be applied, and is put aside. One by filter acts on a page of
-- jobs and leaves the rest to the request that follows it, in the same transaction.
create or replace function ${schema}.apply_request(p_store int, p_entry bigint, p_closer bigint, out status text,
  out acted int, out problem text)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
declare
  r record; a record; v_ids bigint[]; v_next text; v_more boolean := false;
begin
  acted := 0;
  case p_store
-- awa:each-store
    when ${store} then r := ${schema}.request_body_${store}(p_entry);
-- awa:end
  end case;
  begin
    if r.origin is null or cardinality(${schema}.end_entries(array[p_store], array[p_entry], array['a'], p_closer)) = 0 then
      status := 'gone';
      return;
    end if;
    if r.body ? 'ids' then
      v_ids := array(select x::bigint from jsonb_array_elements_text(r.body -> 'ids') x);
    elsif r.body ? 'key' then
      v_ids := array(select x from ${schema}.key_job((r.body ->> 'key')::uuid) x where x is not null);
    else
      select p.ids, p.cursor into v_ids, v_next from ${schema}.page(r.body -> 'filter', r.body ->> 'cursor') p;
      v_more := v_next is not null;
    end if;
    for a in select x.result from ${schema}.act(r.body ->> 'op', v_ids, coalesce(r.body -> 'options', '{}'), p_closer, false) x
    loop
      if a.result = 'again' then raise exception using errcode = 'AWA01'; end if;
      acted := acted + case when a.result = 'done' then 1 else 0 end;
    end loop;
    if v_more then
      perform ${schema}.add_entries(array[row(null, r.origin, clock_timestamp(), null, null, 0, 0, null, 0, 0, null, 'i', null,
        null, (r.body || jsonb_build_object('cursor', v_next))::json, null)::${schema}.new_entry]);
    end if;
    status := 'done';
  exception
    when sqlstate 'AWA01' then
      status := 'again'; acted := 0;
    -- What the request says is at fault, and would be the next time.
    when data_exception or integrity_constraint_violation or raise_exception then
      status := 'refused'; problem := sqlerrm; acted := 0;
      perform ${schema}.refuse_request(p_store, p_entry, p_closer, problem);
  end;
end $awa$;

-- pending, applied, refused; null where it is unknown: rolled back, not committed yet, or forgotten.
create or replace function ${schema}.request_state(p_request bigint) returns text
language sql volatile as $awa$
  select case when bool_or(e.outcome is null) then 'pending' when bool_or(e.outcome = 'g') then 'refused'
              when count(*) > 0 then 'applied' end
    from ${schema}.entries_of(p_request) e where e.state = 'i'
$awa$;

-- Why it was put aside.
create or replace function ${schema}.request_problem(p_request bigint) returns text
language sql volatile as $awa$
  select coalesce(max(e.extras ->> 'problem'), 'unknown') from ${schema}.entries_of(p_request) e where e.state = 'i'
$awa$;

-- The job that took a unique key last; null where none has.
create or replace function ${schema}.key_job(p_key uuid) returns bigint
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
as $awa$
begin
  return (select y.job from (
    select 0::bigint as version, 0::bigint as job where false
-- awa:each-store
     union all (select k.version, k.job from ${schema}.keys_${store} k where k.key = p_key order by k.version desc limit 1)
-- awa:end
    ) y order by y.version desc limit 1);
end $awa$;
