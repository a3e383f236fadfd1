-- Maintenance of the store's ring: rotate (register, move), seal, sweep, carry, finish, prune. As for segments nothing here
-- waits for a relation, a refused lock is an outcome trapped in the function, and each step re-checks under its own locks:
-- two leaders do no harm.
--
-- An entry is spent when it has an ending, or rests in f, d or x and its `until` is over. Spent is final, and nothing comes
-- into a sealed store (S1): the leader's low-water, below which all is spent, only ascends.
--
-- Invariants
--   S8  A carry ends a live entry of a sealed store as moved and adds its copy to the current store in one transaction. So
--       in any snapshot exactly one of the two is without an ending (S4). The copy keeps all but its number: origin, lease,
--       callback, worker, key, attempt, until, created_at; due_at is not before the moment of the carry (S2).
--   S9  What a held attempt reported last goes with it under its sequence number. A carry reads it while it holds the
--       child's progress_k in SHARE mode, and report() holds ROW EXCLUSIVE before it looks for its entries: a report is
--       seen by the carry, or sees the copy. One that comes late under a lower number stays the older one. The same holds
--       for whoever else ends such an entry and follows it, rescue, a cancel or a registered callback: it takes SHARE after
--       the ending (await_progress) and reads the newest report in a later statement. If a report had the table by then,
--       its commit is waited for and read; if not, the report waits, and looks for its entry in a snapshot that has the
--       ending. So a report that answers that its lease stands is never left behind, and needs no second look. Nobody
--       waits in a circle: reports take the four children in their order and wait for nothing else, enders take SHARE in
--       the same order, and a carry, which takes it before endings, does not wait for it. Two are exempt. settle is the
--       attempt's own worker, which sends along what is not answered yet. An answer that fails an attempt that runs comes
--       in a caller's transaction of any length, and must not stop all reports for so long: a report that commits
--       meanwhile may be missing from the failed job.
--   S10 A key's newest version is in the live store of the highest number that has a version as high, and goes from there
--       to the current one. A version is left behind when a store of a higher number has one at least as high: numbers
--       ascend, so two stores never rely on each other. Nor is one needed whose job cannot hold it any more.
--   S11 finished_at is set by ONE statement that sees the store sealed, every entry spent, and every key left behind.
--       Entries and keys do not come, endings do not go, and a retry of a resting entry ends it: the fact is final.
--   S12 Nothing is proven under the exclusive lock. reclaimed_stores moves before the TRUNCATE: who has read it, then a
--       store, and finds it unchanged, has not missed rows to a TRUNCATE his snapshot could not see.
-- Lock order: stores row, progress (SHARE, NOWAIT), endings ascending by entry, then adding; prune: the four children.

-- The live stores, oldest first, with what decides about them: the catalogue, file sizes, the two ends of an index. span: no
-- more entries than that, for numbers are taken in order; ended: about as many endings, by the size of their table.
create or replace function ${schema}.store_states() returns table (store bigint, child int, state text, age_ms bigint,
  bytes bigint, entries bigint, ended bigint)
language plpgsql as $awa$
#variable_conflict use_column
declare
  v_current bigint; s record; v_span bigint;
begin
  select c.last_value >> 8 into v_current from ${schema}.current_store c;
  for s in select x.* from ${schema}.stores x where x.reclaimed_at is null order by x.store loop
    store := s.store; child := s.child; v_span := null;
    state := case when s.finished_at is not null then 'finished' when s.sealed_at is not null then 'sealed'
                  when s.store = v_current then 'current' when s.store < v_current then 'closing' else 'next' end;
    age_ms := (date_part('epoch', clock_timestamp() - s.created_at) * 1000)::bigint;
    bytes := (select sum(pg_total_relation_size(c.oid))::bigint
                from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
               where n.nspname = ${schema_literal}
                 and c.relname in ('entries_' || s.child, 'endings_' || s.child, 'progress_' || s.child, 'keys_' || s.child));
    ended := pg_relation_size(format('%I.%I', ${schema_literal}, 'endings_' || s.child)::regclass) / 60;
    case s.child
-- awa:each-store
      when ${store} then v_span := ${schema}.span_${store}();
-- awa:end
    end case;
    entries := coalesce(s.entries, v_span);
    return next;
  end loop;
end $awa$;

-- awa:each-store
create or replace function ${schema}.span_${store}() returns bigint
language sql stable set jit = off set enable_seqscan = off set enable_bitmapscan = off as $awa$
  select coalesce((select e.entry from ${schema}.entries_${store} e order by e.entry desc limit 1)
                  - (select e.entry from ${schema}.entries_${store} e order by e.entry limit 1) + 1, 0)
$awa$;
-- awa:end

-- register and move are two transactions. A crash between them leaves a registered store for the next move.
create or replace function ${schema}.register_store() returns text
language plpgsql as $awa$
declare
  v bigint; v_child int; v_any boolean;
begin
  select s.last_value into v from ${schema}.current_store s;
  if exists (select from ${schema}.stores s where s.store > v >> 8) then return 'Registered'; end if;
  case v & 255
-- awa:each-store
    when ${store} then v_any := exists (select from ${schema}.entries_${store});
-- awa:end
  end case;
  if not v_any then return 'SkippedIdle'; end if;
  v_child := ${schema}.free_store();
  if v_child is null then return 'SkippedBusy'; end if;
  insert into ${schema}.stores (store, child) values ((v >> 8) + 1, v_child) on conflict do nothing;
  return case when found then 'Registered' else 'SkippedBusy' end;
end $awa$;

create or replace function ${schema}.free_store() returns int
language sql stable as $awa$
  select c.child from (
    select null::int as child where false
-- awa:each-store
    union all select ${store}
-- awa:end
  ) c where not exists (select from ${schema}.stores s where s.child = c.child and s.reclaimed_at is null)
   order by c.child limit 1
$awa$;

-- setval is not undone by an abort, which is harmless: the registration it moves to is already committed.
create or replace function ${schema}.move_store() returns text
language plpgsql as $awa$
declare
  v bigint; v_now bigint; n record;
begin
  select s.last_value into v from ${schema}.current_store s;
  perform from ${schema}.stores s where s.store = v >> 8 for update;
  select s.last_value into v_now from ${schema}.current_store s;
  if v_now <> v then return 'Idle'; end if;
  select s.store, s.child into n from ${schema}.stores s
   where s.store = (v >> 8) + 1 and s.sealed_at is null and s.reclaimed_at is null;
  if not found then return 'Idle'; end if;
  perform setval(format('%I.current_store', ${schema_literal})::regclass, n.store << 8 | n.child);
  return 'Rotated';
end $awa$;

-- Shuts late writers out. What they wrote is visible to every later statement.
create or replace function ${schema}.seal_store(p_store bigint, out outcome text, out relation text)
language plpgsql as $awa$
declare
  v_child int; v_current bigint;
begin
  select s.last_value >> 8 into v_current from ${schema}.current_store s;
  outcome := 'Idle';
  if p_store >= v_current then return; end if;
  select s.child into v_child from ${schema}.stores s where s.store = p_store and s.sealed_at is null for update;
  if not found then return; end if;
  begin
    case v_child
-- awa:each-store
      when ${store} then
        relation := 'entries_${store}';
        lock table ${schema}.entries_${store} in share mode nowait;
        relation := 'keys_${store}';
        lock table ${schema}.keys_${store} in share mode nowait;
-- awa:end
    end case;
  exception when lock_not_available then
    outcome := 'Blocked';
    return;
  end;
  update ${schema}.stores set sealed_at = clock_timestamp() where store = p_store;
  outcome := 'Sealed'; relation := null;
end $awa$;

-- How many entries a sealed store holds, counted once and without a lock that anybody meets: none come or go.
create or replace function ${schema}.count_store(p_store bigint) returns bigint
language plpgsql as $awa$
declare
  v_child int; v_n bigint;
begin
  select s.child into v_child from ${schema}.stores s
   where s.store = p_store and s.sealed_at is not null and s.entries is null and s.reclaimed_at is null;
  case v_child
-- awa:each-store
    when ${store} then select count(*) into v_n from ${schema}.entries_${store};
-- awa:end
    else return null;
  end case;
  update ${schema}.stores set entries = v_n where store = p_store and entries is null;
  return v_n;
end $awa$;

-- The live entries of a sealed store, counted one by one: asked only when no child is free and sizes do not tell.
create or replace function ${schema}.live_in_store(p_store bigint) returns bigint
language plpgsql as $awa$
declare
  v_child int; v_n bigint;
begin
  select s.child into v_child from ${schema}.stores s where s.store = p_store and s.reclaimed_at is null;
  case v_child
-- awa:each-store
    when ${store} then
      select count(*) into v_n from ${schema}.entries_${store} e
       where not (e.state in ('f', 'd', 'x') and coalesce(e.until < clock_timestamp(), false))
         and not exists (select from ${schema}.endings_${store} x where x.entry = e.entry);
-- awa:end
    else return null;
  end case;
  return v_n;
end $awa$;

-- Whether a pointer names the newest store, or the newest but one while the newest waits to be moved to; unsealed.
create or replace function ${schema}.is_current_store(p_cell bigint) returns boolean
language sql stable as $awa$
  select exists (
    select from ${schema}.stores s
     where s.store = p_cell >> 8 and s.child = (p_cell & 255)::int and s.sealed_at is null and s.reclaimed_at is null
       and not exists (select from ${schema}.stores n
                        where n.store > s.store + 1
                           or n.store = s.store + 1 and (n.sealed_at is not null or n.reclaimed_at is not null)))
$awa$;

-- The highest number that an entry is known to have or to have had: origins of jobs born in the store outlive theirs.
create or replace function ${schema}.entry_top() returns bigint
language plpgsql set jit = off set enable_seqscan = off set enable_bitmapscan = off as $awa$
declare
  v_top bigint := 0; v_born constant bigint := 2199023255551; g record;
begin
-- awa:each-store
  v_top := greatest(v_top, (select e.entry from ${schema}.entries_${store} e order by e.entry desc limit 1),
                    (select e.origin from ${schema}.entries_${store} e where e.origin <= v_born
                      order by e.origin desc limit 1));
-- awa:end
  for g in select x.child from ${schema}.generations x where x.reclaimed_at is null loop
    case g.child
-- awa:each-child
      when ${child} then
        v_top := greatest(v_top, (select j.origin from ${schema}.jobs_${child} j where j.origin <= v_born
                                   order by j.origin desc limit 1));
-- awa:end
    end case;
  end loop;
  return v_top;
end $awa$;

-- The store's part of check_lanes, with the same order of reads.
create or replace function ${schema}.check_store() returns table (problem text)
language plpgsql as $awa$
declare
  v bigint; v_top bigint; v_last bigint;
begin
  loop
    select s.last_value into v from ${schema}.current_store s;
    exit when ${schema}.is_current_store(v);
    if v = (select s.last_value from ${schema}.current_store s) then
      problem := format('the pointer names store %s in child %s, which takes no entries', v >> 8, v & 255);
      return next;
      exit;
    end if;
  end loop;
  v_top := ${schema}.entry_top();
  v_last := coalesce(pg_sequence_last_value(format('%I.entry_ids', ${schema_literal})::regclass), 0);
  if v_last < v_top then
    problem := format('sequence entry_ids stands at %s below entry %s that the store has used', v_last, v_top);
    return next;
  end if;
end $awa$;

create or replace function ${schema}.repair_store() returns int
language plpgsql as $awa$
declare
  s record; v bigint; v_top bigint; v_done int := 0;
begin
  select x.last_value into v from ${schema}.current_store x;
  if not ${schema}.is_current_store(v) then
    select x.store, x.child, x.sealed_at, x.reclaimed_at into s from ${schema}.stores x order by x.store desc limit 1;
    if s.sealed_at is not null or s.reclaimed_at is not null then
      insert into ${schema}.stores (store, child) select s.store + 1, ${schema}.free_store()
      returning store, child, sealed_at, reclaimed_at into strict s;
    end if;
    perform setval(format('%I.current_store', ${schema_literal})::regclass, s.store << 8 | s.child);
    v_done := v_done + 1;
  end if;
  v_top := ${schema}.entry_top();
  if coalesce(pg_sequence_last_value(format('%I.entry_ids', ${schema_literal})::regclass), 0) < v_top then
    perform setval(format('%I.entry_ids', ${schema_literal})::regclass, v_top);
    v_done := v_done + 1;
  end if;
  return v_done;
end $awa$;
