-- The end of a held attempt in a caller's own transaction: the caller's rows, the end and the jobs that follow it commit
-- together, or none of them does.
--
-- Invariants
--   S16 Works at any isolation level, so it reads nothing by the caller's snapshot: the entry is looked up before on another
--       connection. Whoever called it looks up once more there, afterwards: the child's lock keeps prune out by then and the
--       ending keeps rivals out, so an entry that still stands is ended by this transaction and by no other. If it does not,
--       the caller is told, and has to roll back.
-- At REPEATABLE READ and above an ending that the caller's snapshot does not see is the server's 40001.
-- An open caller delays only who wants to end this one entry, and prune of its store.
-- Lock order: keys of what follows, the ending, then that of submit.

-- awa:each-store
create or replace function ${schema}.complete_in_${store}(p_entry bigint, p_closer bigint) returns boolean
language plpgsql as $awa$
begin
  insert into ${schema}.endings_${store} (entry, closer, at, outcome) values (p_entry, p_closer, clock_timestamp(), 'c')
    on conflict do nothing;
  return found;
end $awa$;
-- awa:end

-- Answers whether this call has ended the entry.
create or replace function ${schema}.complete_in(p_store int, p_entry bigint, p_closer bigint) returns boolean
language plpgsql as $awa$
begin
  case p_store
-- awa:each-store
    when ${store} then return ${schema}.complete_in_${store}(p_entry, p_closer);
-- awa:end
  end case;
end $awa$;

-- The same with jobs that follow; as for settle_with.
create or replace function ${schema}.complete_in_with(p_store int, p_entry bigint, p_closer bigint, f_items int[],
  f_lanes int[], f_kinds int[], f_max_attempts int[], f_args text[], f_extras text[], f_due_us bigint[],
  f_delay_ms bigint[], f_keys uuid[], f_key_states int[]) returns boolean
language plpgsql as $awa$
begin
  perform ${schema}.lock_follow_ups(f_keys);
  if not ${schema}.complete_in(p_store, p_entry, p_closer) then return false; end if;
  perform ${schema}.enqueue_chosen(array(select generate_subscripts(f_items, 1)), f_lanes, f_kinds, f_max_attempts, f_args,
                                   f_extras, f_due_us, f_delay_ms, f_keys, f_key_states);
  return true;
end $awa$;
