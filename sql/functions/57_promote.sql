-- Promotion: entries that are due end as promoted and stand at the end of their lane, in one transaction.
--
-- Invariants
--   S6  Low-water: below it no entry of the store can become due. Let (t0, x0) be a promotion_mark: whoever added an entry
--       with due_at < t0 had an xid below x0, since due_at is not before the moment of adding (S2). A pass that started
--       from the old low-water, left nothing behind, and whose xmin has reached x0 has seen all of them: t0 is the new
--       low-water. So a pass never reads again what an earlier one has promoted, and a transaction that commits late is
--       met all the same. A clock that goes back invalidates every low-water: the leader compares `now`.
--   S7  Two promoters, or a promoter and a cancel, cannot both get an entry (S3).
--   S9  An entry that comes out of a state in its key's mask has held its key all the time (U2). One that comes from outside
--       asks for it: it takes a new version, or ends as a duplicate of the job that holds it, or is skipped because the
--       key's lock is busy; the low-water stays below skipped ones.
-- Lock order: keys (tried, never waited for), endings by (child, entry), entries and segment child (ROW EXCLUSIVE).

-- awa:each-store
create or replace function ${schema}.due_${store}(p_from timestamptz, p_limit int, p_closer bigint,
  out due int, out last_due timestamptz, out xmin xid8, out won bigint[], out skipped_at timestamptz)
language plpgsql as $awa$
declare
  v_due bigint[]; v_asking bigint[]; a record; v_lost int[];
begin
  select array_agg(d.entry), max(d.due_at), pg_snapshot_xmin(pg_current_snapshot()),
         array_agg(d.entry) filter (where d.key is not null
           and d.key_states & case d.state when 's' then 1 when 't' then 8 else 512 end = 0)
    into v_due, last_due, xmin, v_asking
    from (select e.entry, e.due_at, e.key, e.key_states, e.state from ${schema}.entries_${store} e
           where e.state in ('s', 't', 'z') and e.due_at >= p_from and e.due_at <= clock_timestamp()
             and not exists (select from ${schema}.endings_${store} x where x.entry = e.entry)
           order by e.due_at limit p_limit) d;
  due := coalesce(cardinality(v_due), 0);
  if due = 0 then return; end if;
  if v_asking is null then
    won := ${schema}.end_${store}(v_due, array_fill('p'::text, array[due]), p_closer);
    return;
  end if;
  a := ${schema}.ask_keys_${store}(v_asking);                                                -- S9
  skipped_at := a.skipped_at;
  v_due := array(select d from unnest(v_due) d except all select s from unnest(a.skipped) s);
  won := ${schema}.end_${store}(v_due, array(select case when d = any (a.losers) then 'x' else 'p' end from unnest(v_due) d),
                                p_closer);
  v_lost := array(select k from generate_subscripts(a.losers, 1) k where a.losers[k] = any (won));
  perform ${schema}.follow(array(select ${store} from unnest(v_lost)), array(select a.losers[k] from unnest(v_lost) k),
    array(select 'x'::text from unnest(v_lost)), null,
    array(select jsonb_build_object('reason', 'duplicate', 'duplicate_of', a.holders[k])::text from unnest(v_lost) k), null);
  won := array(select d from unnest(won) d except all select l from unnest(a.losers) l);
end $awa$;

create or replace function ${schema}.lift_${store}(p_entries bigint[], out lanes int[], out positions bigint[])
language plpgsql as $awa$
declare
  v record;
begin
  select array_agg(y.lane) as lanes, array_agg(y.kind) as kinds, array_agg(y.attempt::int) as attempts,
         array_agg(y.max_attempts::int) as max_attempts, array_agg(y.origin) as origins,
         array_agg(y.due_at) as available, array_agg(y.args) as args, array_agg(y.extras) as extras
    into v
    from (select e.* from unnest(p_entries) u(entry) join ${schema}.entries_${store} e on e.entry = u.entry
           order by e.due_at, e.entry) y;
  lanes := v.lanes;
  positions := ${schema}.restore(v.lanes, v.kinds, v.attempts, v.max_attempts, v.origins, v.available, v.args, v.extras);
end $awa$;
-- awa:end

-- Promotes up to p_limit due entries of one store from its low-water on. due: how many there were; less than p_limit means
-- that nothing is left behind but what was skipped, the oldest of it due at skipped_us (null: none). promoted: how many this
-- call moved. queues: which ones got jobs.
create or replace function ${schema}.promote(p_store int, p_from timestamptz, p_limit int, p_closer bigint,
  out due int, out promoted int, out queues text[], out xmin xid8, out now_us bigint, out last_due_us bigint,
  out skipped_us bigint)
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
declare
  d record; l record;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'promote needs READ COMMITTED' using errcode = '25001';
  end if;
  now_us := (date_part('epoch', clock_timestamp()) * 1e6)::bigint;
  case p_store
-- awa:each-store
    when ${store} then d := ${schema}.due_${store}(coalesce(p_from, '-infinity'), p_limit, p_closer);
-- awa:end
  end case;
  due := d.due; xmin := d.xmin; promoted := coalesce(cardinality(d.won), 0);
  last_due_us := (date_part('epoch', d.last_due) * 1e6)::bigint;
  skipped_us := (date_part('epoch', d.skipped_at) * 1e6)::bigint;
  if promoted = 0 then return; end if;
  case p_store
-- awa:each-store
    when ${store} then l := ${schema}.lift_${store}(d.won);
-- awa:end
  end case;
  queues := array(select distinct q.name from unnest(l.lanes) u(lane) join ${schema}.lanes a on a.lane = u.lane
                    join ${schema}.queues q on q.queue = a.queue);
end $awa$;

-- A mark for the low-water. The clock is read before the xid is taken.
create or replace function ${schema}.promotion_mark(out at timestamptz, out xid xid8)
language plpgsql as $awa$
begin
  at := clock_timestamp();
  xid := pg_current_xact_id();
end $awa$;

-- The stores that hold entries, oldest first.
create or replace function ${schema}.live_stores() returns table (store bigint, child int, sealed boolean)
language sql stable as $awa$
  select s.store, s.child, s.sealed_at is not null from ${schema}.stores s where s.reclaimed_at is null order by s.store
$awa$;
