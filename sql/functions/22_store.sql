-- The store: rows go in through add_entries, live ones end through their primary key in endings_k.
--
-- Invariants
--   S1  An entry stands in a store that was current after its child's lock was taken: the pointer is read before and
--       after, as for segments. A seal waits for the lock, so nothing comes into a sealed store.
--   S2  due_at is not before the moment the row was added, and its transaction had an xid before that moment: promotion's
--       low-water rests on it (57_promote.sql).
--   S3  The primary key of endings_k decides who ended an entry. Whoever ends entries takes several in the order of their
--       numbers, and has read the entry in the same transaction, so its child cannot be reclaimed in between.
--   S15 A TRUNCATE empties a table for older snapshots too, and the copy of a carried entry is too young for them. Whoever
--       may look with an old snapshot (a caller's transaction) and finds no entry that stands asks emptied() before he says so.
-- Lock order: entries (ROW EXCLUSIVE), endings ascending by entry.

-- Whether one of these tables was truncated since the snapshot of this transaction: the file that the snapshot shows in
-- pg_class is not the one that is there. The caller has read them, so its locks keep further ones away. Never true at
-- READ COMMITTED, where a statement's snapshot is younger than its locks.
create or replace function ${schema}.emptied(p_tables text[]) returns boolean
language plpgsql as $awa$
begin
  if current_setting('transaction_isolation') not in ('repeatable read', 'serializable') then return false; end if;
  return exists (
    select from pg_catalog.pg_class c
     where c.relnamespace = (select n.oid from pg_catalog.pg_namespace n where n.nspname = ${schema_literal})
       and c.relname = any (p_tables::name[]) and c.relfilenode <> pg_relation_filenode(c.oid));
end $awa$;

-- awa:each-store
create or replace function ${schema}.enter_store_${store}() returns void
language plpgsql as $awa$
begin
  lock table ${schema}.entries_${store} in row exclusive mode;
end $awa$;

create or replace function ${schema}.add_${store}(p_rows ${schema}.new_entry[], p_ids bigint[]) returns void
language plpgsql as $awa$
begin
  insert into ${schema}.entries_${store} (entry, origin, created_at, due_at, until, lease, lane, kind, worker, attempt,
    max_attempts, key_states, state, key, callback, args, extras)
  select p_ids[u.i], coalesce(u.origin, p_ids[u.i]), clock_timestamp(),
         case when u.due_at is not null then greatest(u.due_at, clock_timestamp()) end, u.until, u.lease, u.lane, u.kind, u.worker,
         u.attempt, u.max_attempts, u.key_states, u.state, u.key, u.callback, u.args, u.extras
    from (select x.*, row_number() over () as i from unnest(p_rows) x) u;
end $awa$;

-- What a held attempt reported last.
create or replace function ${schema}.progress_of_${store}(p_entry bigint) returns jsonb
language sql stable as $awa$
  select p.body from ${schema}.progress_${store} p where p.entry = p_entry order by p.seq desc limit 1
$awa$;
-- awa:end

-- Locks the child that takes what is added, until the end of the transaction, and answers the store's cell: number << 8 |
-- child (S1, S2).
create or replace function ${schema}.enter_store() returns bigint
language plpgsql as $awa$
declare
  v_cell bigint; v_now bigint;
begin
  perform pg_current_xact_id();
  loop
    select s.last_value into v_cell from ${schema}.current_store s;
    case v_cell & 255
-- awa:each-store
      when ${store} then perform ${schema}.enter_store_${store}();
-- awa:end
    end case;
    select s.last_value into v_now from ${schema}.current_store s;
    exit when v_now = v_cell;
  end loop;
  return v_cell;
end $awa$;

-- Adds rows to the current store; answers their numbers, in order. A row without a number gets one, and without an origin
-- that number is the job's id.
create or replace function ${schema}.add_entries(p_rows ${schema}.new_entry[]) returns bigint[]
language plpgsql as $awa$
declare
  v_cell bigint; v_ids bigint[];
  v_sequence regclass := format('%I.entry_ids', ${schema_literal})::regclass;
begin
  if coalesce(cardinality(p_rows), 0) = 0 then return '{}'; end if;
  perform pg_current_xact_id();                                                              -- S2
  select array_agg(coalesce(u.entry, nextval(v_sequence)) order by u.i) into v_ids
    from (select (x).entry, row_number() over () as i from unnest(p_rows) x) u;
  v_cell := ${schema}.enter_store();
  case v_cell & 255
-- awa:each-store
    when ${store} then perform ${schema}.add_${store}(p_rows, v_ids);
-- awa:end
  end case;
  return v_ids;
end $awa$;

-- min(base * 2^attempt + up to 25 %, most), in milliseconds; attempt counts from 1.
create or replace function ${schema}.backoff(p_attempt int, p_base_ms bigint, p_max_ms bigint) returns bigint
language sql volatile as $awa$
  select least(p_base_ms * 2.0 ^ least(p_attempt, 40) * (1 + random() * 0.25), p_max_ms)::bigint
$awa$;

-- How long a job that ends so is kept; null where it does not rest in that state.
create or replace function ${schema}.kept_until(p_queue int, p_state "char") returns timestamptz
language sql volatile as $awa$
  select clock_timestamp() + case p_state when 'f' then q.keep_failed when 'd' then q.keep_dead
                                          when 'x' then q.keep_cancelled end
    from ${schema}.queues q where q.queue = p_queue
$awa$;

-- What an attempt leaves behind. p_detail: error {class, message}, reason, duplicate_of, progress, callback, meta,
-- checkpoint of it.
-- The newest nine earlier errors stay, cut to 500 characters a message; the new one is cut by its writer.
create or replace function ${schema}.with_detail(p_extras jsonb, p_detail jsonb, p_attempt int) returns jsonb
language sql stable as $awa$
  select case when p_detail is null then p_extras else nullif(
    coalesce(p_extras, '{}') - 'reason' - 'duplicate_of'
    || case when p_detail ? 'duplicate_of' then jsonb_build_object('duplicate_of', p_detail -> 'duplicate_of') else '{}' end
    || case when p_detail ? 'reason' then jsonb_build_object('reason', p_detail -> 'reason') else '{}' end
    || case when p_detail ? 'progress' then jsonb_build_object('progress', p_detail -> 'progress') else '{}' end
    || case when p_detail ? 'callback' then jsonb_build_object('callback', p_detail -> 'callback') else '{}' end
    || case when p_detail ? 'error' then jsonb_build_object('errors',
         coalesce((select jsonb_agg(y.e || jsonb_build_object('message', left(y.e ->> 'message', 500)) order by y.i)
                     from (select x.e, x.i from jsonb_array_elements(coalesce(p_extras -> 'errors', '[]')) with ordinality x(e, i)
                            order by x.i desc limit 9) y), '[]')
         || jsonb_build_array((p_detail -> 'error')
              || jsonb_build_object('attempt', p_attempt, 'at', clock_timestamp()))) else '{}' end, '{}') end
$awa$;

-- The newest error of a job, as class and message; null where it has none.
create or replace function ${schema}.last_error(p_extras jsonb) returns text
language sql immutable as $awa$
  select case when p_extras #> '{errors,-1}' is not null
              then concat_ws(': ', p_extras #>> '{errors,-1,class}', nullif(p_extras #>> '{errors,-1,message}', '')) end
$awa$;
