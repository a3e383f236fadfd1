-- Jobs that follow an outcome: stored by the statement that ends the attempt, and only if this very call has ended it.
--
-- Invariants
--   I20 A follow-up is stored in the transaction that wrote the end it belongs to, and for a `fresh` end only: a call sent
--       again after a lost answer ends nothing anew, and so stores nothing twice.
-- Lock order: keys, then that of close and settle, then adding. The keys of all follow-ups are locked first, those that are
-- not stored after all included: an action of an operator takes a job's key before it ends the job, and whoever came with
-- an end in hand to the key would wait for it in a ring.

-- The keys that follow-ups may ask for.
create or replace function ${schema}.lock_follow_ups(f_keys uuid[]) returns void
language plpgsql as $awa$
declare
  v_keys uuid[] := array(select distinct k from unnest(f_keys) k where k is not null);
begin
  if cardinality(v_keys) > 0 then perform ${schema}.lock_keys(v_keys, true); end if;
end $awa$;

-- Follow-ups: the item (from 1) and the member's ordinal they belong to, then what enqueue takes; the rest as for close.
create or replace function ${schema}.close_with(p_segments bigint[], p_lanes int[], p_nos bigint[], p_nonces bigint[],
  p_members text[], p_outcomes text[], p_closer bigint, s_items int[], s_ordinals int[], s_states text[],
  s_delays bigint[], s_leases bigint[], s_details text[], f_items int[], f_ordinals int[], f_lanes int[], f_kinds int[],
  f_max_attempts int[], f_args text[], f_extras text[], f_due_us bigint[], f_delay_ms bigint[], f_keys uuid[],
  f_key_states int[])
returns table (item int, accepted text, fresh text, again boolean)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
declare
  r record; v_fresh text[] := '{}';
begin
  perform ${schema}.lock_follow_ups(f_keys);
  for r in select c.* from ${schema}.close(p_segments, p_lanes, p_nos, p_nonces, p_members, p_outcomes, p_closer, s_items,
                                           s_ordinals, s_states, s_delays, s_leases, s_details) c loop
    item := r.item; accepted := r.accepted; fresh := r.fresh; again := r.again;
    v_fresh[r.item] := r.fresh;
    return next;
  end loop;
  perform ${schema}.enqueue_chosen(
    array(select i from generate_subscripts(f_items, 1) i
           where v_fresh[f_items[i]] is not null and get_bit(v_fresh[f_items[i]]::varbit, f_ordinals[i]) = 1),
    f_lanes, f_kinds, f_max_attempts, f_args, f_extras, f_due_us, f_delay_ms, f_keys, f_key_states);
end $awa$;

-- The rest as for settle.
create or replace function ${schema}.settle_with(p_leases bigint[], p_outcomes text[], p_delays bigint[],
  p_details text[], p_closer bigint, f_items int[], f_lanes int[], f_kinds int[], f_max_attempts int[], f_args text[],
  f_extras text[], f_due_us bigint[], f_delay_ms bigint[], f_keys uuid[], f_key_states int[]) returns table (item int, accepted boolean, fresh boolean, again boolean)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
declare
  r record; v_fresh int[] := '{}';
begin
  perform ${schema}.lock_follow_ups(f_keys);
  for r in select c.* from ${schema}.settle(p_leases, p_outcomes, p_delays, p_details, p_closer) c loop
    item := r.item; accepted := r.accepted; fresh := r.fresh; again := r.again;
    if r.fresh then v_fresh := v_fresh || r.item; end if;
    return next;
  end loop;
  perform ${schema}.enqueue_chosen(array(select i from generate_subscripts(f_items, 1) i where f_items[i] = any (v_fresh)),
                                   f_lanes, f_kinds, f_max_attempts, f_args, f_extras, f_due_us, f_delay_ms, f_keys, f_key_states);
end $awa$;

-- Stores the chosen elements of parallel arrays as submit does: a duplicate of a unique job is left out, and a key that
-- another transaction is about to take is waited for.
create or replace function ${schema}.enqueue_chosen(p_chosen int[], f_lanes int[], f_kinds int[], f_max_attempts int[],
  f_args text[], f_extras text[], f_due_us bigint[], f_delay_ms bigint[], f_keys uuid[], f_key_states int[]) returns void
language plpgsql as $awa$
begin
  if cardinality(p_chosen) = 0 then
    return;
  elsif coalesce(f_due_us::text, f_delay_ms::text, f_keys::text) is null then
    perform ${schema}.enqueue(array(select f_lanes[i] from unnest(p_chosen) i),
      array(select f_kinds[i] from unnest(p_chosen) i), array(select f_max_attempts[i] from unnest(p_chosen) i),
      array(select f_args[i] from unnest(p_chosen) i), array(select f_extras[i] from unnest(p_chosen) i));
  else
    perform ${schema}.submit(array(select f_lanes[i] from unnest(p_chosen) i),
      array(select f_kinds[i] from unnest(p_chosen) i), array(select f_max_attempts[i] from unnest(p_chosen) i),
      array(select f_args[i] from unnest(p_chosen) i), array(select f_extras[i] from unnest(p_chosen) i),
      array(select f_due_us[i] from unnest(p_chosen) i), array(select f_delay_ms[i] from unnest(p_chosen) i),
      array(select f_keys[i] from unnest(p_chosen) i), array(select f_key_states[i] from unnest(p_chosen) i), true, false);
  end if;
end $awa$;
