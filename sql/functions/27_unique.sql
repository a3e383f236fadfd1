-- Unique keys: who of several jobs with one key may live. A job holds its key while it is in a state of its own mask;
-- that is derived from where it lives, so nothing on the way to its end writes for it.
--
-- Invariants
--   U1  Whoever takes a key has its advisory lock until the end of the transaction, and looks for the newest version only
--       then. At READ COMMITTED the look has a snapshot of its own, so it sees every earlier taker: takers of a key follow
--       each other, and each writes a version above the newest: that one + 1 where the current store has it, else
--       store << 32 | 1. So versions ascend, and those a store has taken itself have no gaps, whatever became of earlier
--       ones. A collision of two keys in the lock's 31 bits costs waiting, nothing else; the bits are negative, where no
--       lane's lock is.
--   U2  A job comes into its mask only by a new version: at enqueue, at promotion out of a state outside of the mask, at
--       retry by an operator. Available, running and waiting are in every mask, since release, rescue and a callback go
--       from one to another at a moment when nobody can be refused. So the job of the newest version is the only one that
--       can be in its mask, and if it is not, the key is free.
--   U3  A version stands in a store that was current after its child's lock was taken, as entries do (S1). A seal waits for
--       that lock: every version in a sealed store was committed before the seal.
--   U4  At REPEATABLE READ and SERIALIZABLE a committed version may be invisible. It was committed after the snapshot, so
--       by U3 no seal that the snapshot shows lies over it. Where the snapshot shows every store before the current one
--       sealed (or reclaimed), all invisible versions are in the current store, which is not truncated while it is that;
--       it has no gap, so the lowest of them is the version we would write, and the primary key (key, version) refuses
--       ours. Where it shows another, 40001. (Counting on from an older store's version would not do: it may have been
--       visible to the taker we cannot see, and be left behind and gone by the time of our snapshot.)
--   U5  TRUNCATE empties a table for older snapshots too: a version, or the trace of where its job went, could be missed.
--       The file of a table as the snapshot shows it in pg_class against the one it has now tells, while the look's own
--       locks keep further ones away. 40001 again. In U4 and U5 a repeated transaction has a newer snapshot.
--   U6  The look runs in a subtransaction that is undone: what is held until the caller's end is the advisory lock and, by
--       takers, the current store. No segment's or older store's reclaim waits for the caller.
-- Lock order: advisory locks ascending (tried where the caller must not wait), then entries child (ROW EXCLUSIVE).

-- Below -2^30: lanes are positive, and numbers like the leader's, whose lock is held for days, are small.
create or replace function ${schema}.key_lock(p_key uuid) returns int
language sql immutable as $awa$
  select uuid_hash(p_key) & 1073741823 | ~2147483647
$awa$;

-- How many keys a transaction of a bulk enqueue may well hold: a 25th of the server's lock table, whose usual size is 6400.
create or replace function ${schema}.keys_at_once() returns int
language sql stable as $awa$
  select least(1024, greatest(256, current_setting('max_locks_per_transaction')::bigint
                                   * current_setting('max_connections')::bigint / 25))::int
$awa$;

-- Locks keys, in one order for all callers; answers which it got. Bounded: each is a row of the server's lock table until
-- the transaction ends.
create or replace function ${schema}.lock_keys(p_keys uuid[], p_wait boolean) returns boolean[]
language plpgsql as $awa$
declare
  v_schema int := ${schema}.lock_key(); v_got boolean[];
begin
  if cardinality(p_keys) > 1024 then
    raise exception '% unique keys in one statement, at most 1024', cardinality(p_keys) using errcode = '54000';
  end if;
  if p_wait then
    perform pg_advisory_xact_lock(v_schema, x.lock)
       from (select distinct ${schema}.key_lock(u) as lock from unnest(p_keys) u order by 1) x;
    return array_fill(true, array[cardinality(p_keys)]);
  end if;
  select array_agg(y.got order by y.i) into v_got
    from (select x.i, pg_try_advisory_xact_lock(v_schema, x.lock) as got
            from (select u.i, ${schema}.key_lock(u.key) as lock from unnest(p_keys) with ordinality u(key, i) order by 2) x
          offset 0) y;
  return v_got;
end $awa$;

-- The newest version of each key (0: none) and the job that holds it, null where it is free. The caller has the keys'
-- locks. p_jobs: who asks; its own version does not stand in its way. stale: by U5, nothing may be taken.
-- Most keys are new, and most stores hold none: the first look is for keys that any store has, and passes empty stores by,
-- as its own snapshot shows them. OFFSET 0 keeps it an index probe a key.
create or replace function ${schema}.look_keys(p_keys uuid[], p_jobs bigint[],
  out versions bigint[], out holders bigint[], out stale boolean)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
begin
  versions := array_fill(0::bigint, array[cardinality(p_keys)]);
  holders := array_fill(null::bigint, array[cardinality(p_keys)]);
  begin
    perform from (select 0 as found where false
-- awa:each-store
                  union all
                 select 1 from unnest(p_keys) u(key)
                  where (select exists (select from ${schema}.keys_${store}))
                    and exists (select from ${schema}.keys_${store} x where x.key = u.key offset 0)
-- awa:end
                 ) y limit 1;
    if found then
      select array_agg(k.version order by k.i),
             array_agg(case when k.holder is null or k.holder = k.job then null
                            when ${schema}.key_live(k.holder, k.states) then k.holder end order by k.i)
        into versions, holders
        from (select u.i, u.job, y.version,
                     case y.version when 0 then null
-- awa:each-store
                       when k${store}.version then k${store}.job
-- awa:end
                     end as holder,
                     case y.version when 0 then null
-- awa:each-store
                       when k${store}.version then k${store}.states
-- awa:end
                     end as states
                from unnest(p_keys, p_jobs) with ordinality u(key, job, i)
-- awa:each-store
                left join lateral (
                  select x.version, x.job, x.states from ${schema}.keys_${store} x
                   where x.key = u.key and (select exists (select from ${schema}.keys_${store}))
                   order by x.version desc limit 1) k${store} on true
-- awa:end
               cross join lateral (select greatest(0
-- awa:each-store
                   , k${store}.version
-- awa:end
                 ) as version) y) k;
    end if;
    stale := ${schema}.emptied(array[
-- awa:each-child
      'jobs_${child}',
-- awa:end
-- awa:each-store
      'entries_${store}', 'keys_${store}',
-- awa:end
      '']);
    raise exception using errcode = 'AWA00', message = 'undone: its locks are not kept';                         -- U6
  exception when sqlstate 'AWA00' then null;
  end;
end $awa$;

-- awa:each-store
-- p_least: what a version is above, where the key has none in this store yet (U1).
create or replace function ${schema}.add_keys_${store}(p_keys uuid[], p_versions bigint[], p_jobs bigint[], p_states int[],
  p_least bigint) returns int
language plpgsql as $awa$
declare
  v_rows int; v_now timestamptz := clock_timestamp();
begin
  -- At READ COMMITTED its lock keeps others away from a key (U1), and a plain insert is one record less.
  if current_setting('transaction_isolation') = 'read committed' then
    insert into ${schema}.keys_${store} (key, version, job, at, states)
    select u.key, greatest(u.version, p_least) + 1, u.job, v_now, u.states
      from unnest(p_keys, p_versions, p_jobs, p_states) u(key, version, job, states);
  else
    insert into ${schema}.keys_${store} (key, version, job, at, states)
    select u.key, greatest(u.version, p_least) + 1, u.job, v_now, u.states
      from unnest(p_keys, p_versions, p_jobs, p_states) u(key, version, job, states)
    on conflict do nothing;                                                                                      -- U4
  end if;
  get diagnostics v_rows = row_count;
  return v_rows;
end $awa$;
-- awa:end

-- Makes jobs the holders of keys that look_keys found free; p_versions and p_stale are its answer.
create or replace function ${schema}.add_keys(p_keys uuid[], p_versions bigint[], p_jobs bigint[], p_states int[],
  p_stale boolean) returns void
language plpgsql as $awa$
declare
  v_cell bigint; v_rows int;
begin
  if coalesce(cardinality(p_keys), 0) = 0 then return; end if;
  v_cell := ${schema}.enter_store();                                                           -- U3
  if p_stale or current_setting('transaction_isolation') in ('repeatable read', 'serializable')
     and exists (select from ${schema}.stores s
                  where s.store < v_cell >> 8 and s.sealed_at is null and s.reclaimed_at is null) then           -- U4
    raise exception 'this transaction''s snapshot is too old to decide about a unique key'
      using errcode = '40001', hint = 'Repeat the transaction.';
  end if;
  case v_cell & 255
-- awa:each-store
    when ${store} then v_rows := ${schema}.add_keys_${store}(p_keys, p_versions, p_jobs, p_states, v_cell >> 8 << 32);
-- awa:end
  end case;
  if v_rows < cardinality(p_keys) then
    raise exception 'a unique key was taken by a transaction that this one''s snapshot does not show'
      using errcode = '40001', hint = 'Repeat the transaction.';
  end if;
end $awa$;

-- Takes a key for a job that is about to come into its mask (an operator's retry). Answers the job that holds it, null
-- where p_job does now. Several in one transaction: in the order of key_lock.
create or replace function ${schema}.take_key(p_key uuid, p_states int, p_job bigint) returns bigint
language plpgsql as $awa$
declare
  l record;
begin
  perform ${schema}.lock_keys(array[p_key], true);
  l := ${schema}.look_keys(array[p_key], array[p_job]);
  if l.holders[1] is null then
    perform ${schema}.add_keys(array[p_key], l.versions, array[p_job], array[p_states], l.stale);
  end if;
  return l.holders[1];
end $awa$;

-- awa:each-store
-- Due entries that came out of their mask and ask for their key: those that lost it (with the job that holds it), and
-- those that are left for a later pass: the lock is busy, an earlier one of the same key asks too, or there are too many.
create or replace function ${schema}.ask_keys_${store}(p_entries bigint[],
  out losers bigint[], out holders bigint[], out skipped bigint[])
language plpgsql as $awa$
declare
  a record; l record; g record; v_got boolean[];
begin
  select array_agg(y.entry order by y.i) as entries, array_agg(y.key order by y.i) as keys,
         array_agg(y.origin order by y.i) as jobs, array_agg(y.key_states::int order by y.i) as states
    into a
    from (select x.*, row_number() over (order by x.due_at, x.entry) as i
            from (select e.entry, e.key, e.origin, e.key_states, e.due_at,
                         row_number() over (partition by e.key order by e.due_at, e.entry) as nth
                    from unnest(p_entries) u(entry) join ${schema}.entries_${store} e on e.entry = u.entry) x
           where x.nth = 1 order by 2 limit 256) y;
  v_got := ${schema}.lock_keys(a.keys, false);
  select array_agg(u.entry order by u.i) as entries, array_agg(u.key order by u.i) as keys,
         array_agg(u.job order by u.i) as jobs, array_agg(u.states order by u.i) as states
    into g
    from unnest(a.entries, a.keys, a.jobs, a.states, v_got) with ordinality u(entry, key, job, states, got, i) where u.got;
  select array_agg(u.entry) into skipped from unnest(p_entries) u(entry) where not u.entry = any (coalesce(g.entries, '{}'));
  if g.entries is null then return; end if;
  l := ${schema}.look_keys(g.keys, g.jobs);
  select array_agg(u.entry order by u.i), array_agg(u.holder order by u.i) into losers, holders
    from unnest(g.entries, l.holders) with ordinality u(entry, holder, i) where u.holder is not null;
  perform ${schema}.add_keys(array_agg(u.key), array_agg(u.version), array_agg(u.job), array_agg(u.states), false)
     from unnest(g.keys, l.versions, g.jobs, g.states, l.holders) u(key, version, job, states, holder)
    where u.holder is null;
end $awa$;
-- awa:end

create or replace function ${schema}.ask_keys(p_store int, p_entries bigint[],
  out losers bigint[], out holders bigint[], out skipped bigint[])
language plpgsql as $awa$
declare
  a record;
begin
  case p_store
-- awa:each-store
    when ${store} then a := ${schema}.ask_keys_${store}(p_entries);
-- awa:end
  end case;
  losers := a.losers; holders := a.holders; skipped := a.skipped;
end $awa$;

-- Losers that this transaction has ended stay as cancelled jobs, with the job that holds their key.
create or replace function ${schema}.dismiss(p_store int, p_losers bigint[], p_holders bigint[], p_ended bigint[])
returns void language plpgsql as $awa$
declare
  v_mine int[] := array(select k from generate_subscripts(p_losers, 1) k where p_losers[k] = any (p_ended));
begin
  perform ${schema}.follow(array(select p_store from unnest(v_mine)), array(select p_losers[k] from unnest(v_mine) k),
    array(select 'x'::text from unnest(v_mine)), null,
    array(select jsonb_build_object('reason', 'duplicate', 'duplicate_of', p_holders[k])::text from unnest(v_mine) k), null);
end $awa$;
