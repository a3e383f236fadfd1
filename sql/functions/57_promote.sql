-- Promotion: entries that are due end as promoted and stand at the end of their lane, in one transaction.
--
-- Invariants
--   S6  Low-water: below it no entry of the store can become due. Let t0 be the clock at the start of a pass and x0 the xid
--       that pass took afterwards (at and xid of its answer): whoever added an entry with due_at < t0 had an xid below x0,
--       since due_at is not before the moment of adding (S2). A walk that began at the old low-water, left nothing behind,
--       and whose xmin has reached x0 has seen all of them: t0 is the new low-water. So a pass never reads again what an
--       earlier one has promoted, and a transaction that commits late is met all the same. Nothing comes into a sealed
--       store: one whole walk after the seal was seen is proof enough. A clock that goes back invalidates every low-water:
--       the leader compares `at`. xmin is taken by a statement before the one that looks, so it is never too high.
--   S7  Two promoters, or a promoter and a cancel, cannot both get an entry (S3).
--   U7  An entry that comes out of a state in its key's mask has held its key all the time (U2): nothing is asked. One that
--       comes from outside asks for it: it takes a new version, or ends as a duplicate of the job that holds it, or is left
--       for the next walk, as one whom somebody stands in the way of, because the key's lock is busy.
-- A pass that finds nothing writes nothing: no xid, no WAL.
-- Lock order: keys (tried, never waited for), endings by (child, entry), entries and segment child (ROW EXCLUSIVE).

-- awa:each-store
-- Due entries behind (p_from, p_after), by due time and number, p_limit at most; it looks at p_most rows at most, those that
-- ended included. p_to is a parameter, not the clock: an index range cannot end at a volatile value. OFFSET 0 keeps the
-- look at the endings an index probe a row. asking: those of them that have to ask for their key; null: none.
create or replace function ${schema}.due_${store}(p_from timestamptz, p_after bigint, p_to timestamptz, p_limit int,
  p_most int, out entries bigint[], out seen int, out last_due timestamptz, out last bigint, out asking bigint[])
language plpgsql as $awa$
declare
  r record;
begin
  entries := '{}'; seen := 0;
  for r in
    select e.due_at, e.entry, exists (select from ${schema}.endings_${store} x where x.entry = e.entry offset 0) as ended,
           e.key is not null and e.key_states & case e.state when 's' then 1 when 't' then 8 else 512 end = 0 as asks
      from ${schema}.entries_${store} e
     where e.state in ('s', 't', 'z') and (e.due_at, e.entry) > (p_from, p_after) and e.due_at <= p_to
     order by e.due_at, e.entry limit p_most
  loop
    seen := seen + 1; last_due := r.due_at; last := r.entry;
    if not r.ended then
      entries := entries || r.entry;
      if r.asks then asking := asking || r.entry; end if;
      exit when cardinality(entries) = p_limit;
    end if;
  end loop;
end $awa$;

create or replace function ${schema}.lift_${store}(p_entries bigint[], out lanes int[], out positions bigint[])
language plpgsql as $awa$
declare
  v record;
begin
  select array_agg(y.lane) as lanes, array_agg(y.kind) as kinds, array_agg(y.attempt::int) as attempts,
         array_agg(y.max_attempts::int) as max_attempts, array_agg(y.origin) as origins,
         array_agg(y.due_at) as available, array_agg(y.args) as args, array_agg(y.extras) as extras,
         array_agg(y.key) as keys, array_agg(y.key_states::int) as key_states
    into v
    from (select e.* from unnest(p_entries) u(entry) join ${schema}.entries_${store} e on e.entry = u.entry
           order by e.due_at, e.entry) y;
  lanes := v.lanes;
  positions := ${schema}.restore(v.lanes, v.kinds, v.attempts, v.max_attempts, v.origins, v.available, v.args, v.extras,
                                   v.keys, v.key_states);
end $awa$;
-- awa:end

-- Ends entries of one store as promoted (or with p_outcome), p_losers as cancelled, in order of their numbers, and does not
-- wait long: an ending that another transaction has written and not committed would hold up everything behind it. Where
-- the whole is refused, it goes on in parts, and leaves out who stands in the way; after many refusals it leaves the rest.
create or replace function ${schema}.end_patiently(p_store int, p_entries bigint[], p_losers bigint[], p_closer bigint,
  p_outcome text default 'p', out ended bigint[], out refused int)
language plpgsql as $awa$
declare
  v_all bigint[] := array(select u from unnest(p_entries) u order by u); v_size int := greatest(cardinality(v_all), 1);
  v_timeout text; i int := 1; v_part bigint[];
begin
  ended := '{}'; refused := 0;
  v_timeout := ${schema}.wait_briefly(50);
  while i <= cardinality(v_all) and refused < 64 loop
    v_part := v_all[i : i + v_size - 1];
    begin
      case p_store
-- awa:each-store
        when ${store} then
          ended := ended || ${schema}.end_${store}(v_part,
            case when p_losers is null then array_fill(p_outcome, array[cardinality(v_part)])
                 else array(select case when u = any (p_losers) then 'x' else p_outcome end from unnest(v_part) u) end, p_closer);
-- awa:end
      end case;
      i := i + v_size; v_size := 2 * v_size;
    exception when lock_not_available then
      refused := refused + 1;
      perform set_config('lock_timeout', '2ms', true);
      if v_size = 1 then i := i + 1; else v_size := greatest(v_size / 8, 1); end if;
    end;
  end loop;
  perform set_config('lock_timeout', v_timeout, true);
end $awa$;

-- Promotes up to p_limit entries of one store that are due at p_now, those behind (p_from, p_after) first. more: there may
-- be others behind (last_us, last), go on there. promoted: how many this call moved; refused: how often somebody stood in
-- the way, so that something is left behind; a refused lock is no error. queues: which ones got jobs.
create or replace function ${schema}.promote(p_store int, p_now timestamptz, p_from timestamptz, p_after bigint,
  p_limit int, p_closer bigint, out promoted int, out seen int, out refused int, out more boolean, out queues text[],
  out xmin bigint, out last_us bigint, out last bigint)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
declare
  d record; w record; l record; k record; v_most int := 16 * p_limit;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'promote needs READ COMMITTED' using errcode = '25001';
  end if;
  xmin := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
  case p_store
-- awa:each-store
    when ${store} then
      d := ${schema}.due_${store}(coalesce(p_from, '-infinity'), coalesce(p_after, 0), p_now, p_limit, v_most);
-- awa:end
  end case;
  seen := d.seen; last := d.last; promoted := 0; refused := 0;
  last_us := (extract(epoch from d.last_due) * 1000000)::bigint;
  more := cardinality(d.entries) = p_limit or d.seen = v_most;
  if cardinality(d.entries) = 0 then return; end if;
  begin
    if d.asking is null then
      w := ${schema}.end_patiently(p_store, d.entries, null, p_closer);
      refused := w.refused;
    else
      k := ${schema}.ask_keys(p_store, d.asking);                                            -- U7
      d.entries := array(select e from unnest(d.entries) e except all select s from unnest(k.skipped) s);
      w := ${schema}.end_patiently(p_store, d.entries, k.losers, p_closer);
      refused := w.refused + coalesce(cardinality(k.skipped), 0);
      perform ${schema}.dismiss(p_store, k.losers, k.holders, w.ended);
      w.ended := array(select e from unnest(w.ended) e except all select x from unnest(k.losers) x);
    end if;
    if cardinality(w.ended) > 0 then
      case p_store
-- awa:each-store
        when ${store} then l := ${schema}.lift_${store}(w.ended);
-- awa:end
      end case;
      promoted := cardinality(w.ended);
      queues := array(select distinct q.name from unnest(l.lanes) u(lane) join ${schema}.lanes n on n.lane = u.lane
                        join ${schema}.queues q on q.queue = n.queue);
    end if;
  exception when lock_not_available then
    refused := refused + 1;
  end;
end $awa$;

-- One round over the live stores, in the order of their children: promotes in each from where its walk stands, which the
-- caller knows by the store's number; a store it does not name is walked from its beginning. Each may give p_limit.
-- at_us and xid make a mark for the low-water (S6): the clock is read before the xid is there; null where this round
-- promoted nothing so far.
create or replace function ${schema}.promote_round(p_stores bigint[], p_from_us bigint[], p_after bigint[], p_limit int,
  p_closer bigint)
returns table (store bigint, sealed boolean, promoted int, seen int, refused int, more boolean, queues text[],
  xmin bigint, xid bigint, at_us bigint, last_us bigint, last bigint)
language plpgsql as $awa$
#variable_conflict use_column
declare
  s record; p record; k record; v_now timestamptz := clock_timestamp();
begin
  if pg_current_xact_id_if_assigned() is not null then
    raise exception 'promote_round needs a transaction of its own' using errcode = '25001';
  end if;
  for s in select x.* from ${schema}.open_stores() x order by x.child loop
    select timestamptz 'epoch' + u.from_us * interval '1 microsecond' as since, u.after into k
      from unnest(p_stores, p_from_us, p_after) u(store, from_us, after) where u.store = s.store;
    p := ${schema}.promote(s.child, v_now, k.since, k.after, p_limit, p_closer);
    store := s.store; sealed := s.sealed; promoted := p.promoted; seen := p.seen; refused := p.refused; more := p.more;
    queues := p.queues; xmin := p.xmin; xid := pg_current_xact_id_if_assigned()::text::bigint;
    at_us := (extract(epoch from v_now) * 1000000)::bigint; last_us := p.last_us; last := p.last;
    return next;
  end loop;
end $awa$;

-- A mark of its own, for a walk that looked at much and promoted nothing. The clock is read before the xid is taken.
create or replace function ${schema}.promotion_mark(out at_us bigint, out xid bigint)
language plpgsql as $awa$
begin
  at_us := (extract(epoch from clock_timestamp()) * 1000000)::bigint;
  xid := pg_current_xact_id()::text::bigint;
end $awa$;

-- The stores in which something may be live, oldest first. A finished one is left alone, so that its prune makes nobody wait.
create or replace function ${schema}.open_stores() returns table (store bigint, child int, sealed boolean)
language sql stable as $awa$
  select s.store, s.child, s.sealed_at is not null from ${schema}.stores s
   where s.finished_at is null and s.reclaimed_at is null order by s.store
$awa$;
