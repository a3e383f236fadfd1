-- Claim: one lane and at most one ledger row a transaction, in READ COMMITTED, before anything else is written.
--
-- Invariants
--   I4  judge is assigned after the scan that saw a hole; a later scan whose xmin has reached judge proves that every
--       owner of an `old` hole has ended, so what that scan does not see never comes.
--   I5  A hole leaves the ledger only when no visible row was left in any hole (seen) and (I4, or the segment was known
--       to be sealed before the scan: no writer can come).
--   I6  The ledger row comes first, the row in `exhausted` after it.
--   I7  The oldest sealed segment with something left hides all newer ones; segments older than it that are still
--       unsealed are probed too. Newest first, and the oldest with something to do is chosen: a job committed before an
--       older segment was read cannot be overtaken.
-- Jobs with a concurrency key ask for a place before the ledger row is written (43_keys.sql); that row passes those that get
-- none like cancelled ones, and its transaction puts them aside. Where no job has a key, nothing is asked.
-- Lock order: lane key (advisory, tried), child (ACCESS SHARE), keys, ledger row, exhausted, places, marks, store.

-- One lane. p_take = false writes only what needs no job to be taken (dead holes, exhaustion) and answers `available`
-- where there is one. status: ok, again (progress without a job, or another claimer won), busy, empty, available. cut: it
-- took fewer than it found. ready: as ask_places.
create or replace function ${schema}.claim_lane(p_lane int, p_n int, p_worker int, p_nonce bigint, p_take boolean,
  p_deadline_ms bigint,
  out status text, out segment bigint, out lane int, out no bigint, out claimed_at timestamptz, out holes int,
  out positions bigint[], out meta bigint[], out available bigint[], out args text, out extras text, out origins bigint[],
  out cut boolean, out ready text[])
language plpgsql as $awa$
declare
  g record; r record; b record; a record; v_keys text[];
  v_child int; v_sealed boolean; v_n int; v_high bigint; v_seen boolean; v_won boolean;
  v_members int8multirange; v_gaps int8multirange; v_old int8multirange; v_young int8multirange; v_judge xid8;
  v_taken int; v_in int[]; v_ordinals int[]; v_aside bigint[]; c_aside constant int := 512;
begin
  lane := p_lane;
  holes := 0;
  cut := false;
  if pg_current_xact_id_if_assigned() is not null or current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'claim needs a READ COMMITTED transaction that has written nothing' using errcode = '25001';
  end if;
  if not pg_try_advisory_xact_lock(${schema}.lock_key(), p_lane) then
    status := 'busy';
    return;
  end if;

  for g in
    with l as materialized (
      select x.segment, x.child, x.sealed_at is not null as sealed from ${schema}.generations x
       where x.reclaimed_at is null and x.finished_at is null
         and (x.sealed_at is null
              or p_lane = any (x.lanes)
                 and not exists (select from ${schema}.exhausted e where e.segment = x.segment and e.lane = p_lane)))
    select * from l
     where l.segment <= coalesce((select min(m.segment) from l m where m.sealed), 9223372036854775807)
     order by l.segment desc
  loop
    case g.child
-- awa:each-child
      when ${child} then r := ${schema}.probe_${child}(p_lane, p_n);
-- awa:end
    end case;
    if r.p is not null or r.top is not null or g.sealed then
      b := r; segment := g.segment; v_child := g.child; v_sealed := g.sealed;
    end if;
  end loop;
  if segment is null then
    status := 'empty';
    return;
  end if;

  v_n := coalesce(cardinality(b.p), 0);
  if v_n > 0 and not p_take then
    status := 'available';
    return;
  end if;
  v_taken := v_n;
  if b.keys is not null then
    for i in 1 .. 2 loop
      if cardinality(b.keys) = coalesce(cardinality(b.p), 0) then
        v_keys := b.keys;
      else
        case v_child
-- awa:each-child
          when ${child} then v_keys := ${schema}.keys_at_${child}(b.p);
-- awa:end
        end case;
      end if;
      a := ${schema}.ask_places(p_lane, b.p, v_keys, v_n, i = 1, segment, v_child);
      -- Where half of them or more have to wait, others of their key stand behind them: they go aside together, whatever may be
      -- taken. With fewer the claim goes on with the rest, and does not pay for a look at so many.
      exit when i = 2 or v_n < p_n or p_n >= c_aside or 2 * cardinality(array_positions(a.passes, false)) < p_n
                or a.passes is null;
      p_n := c_aside;
      case v_child
-- awa:each-child
        when ${child} then b := ${schema}.probe_${child}(p_lane, p_n);
-- awa:end
      end case;
    end loop;
    v_n := coalesce(cardinality(b.p), 0); v_taken := v_n;
    if a.decided < 0 then
      status := 'busy';
      return;
    end if;
    -- What lies behind the last one that was decided is as if it had not been asked for.
    if a.decided < v_n then
      p_n := a.decided; v_n := a.decided; b.p := b.p[1:v_n]; b.top := null;
      a.passes := coalesce(a.passes, array_fill(true, array[v_n]));
    end if;
    ready := a.ready;
    if false = any (a.passes) or v_n < v_taken then
      v_in := array(select i from generate_series(1, v_n) i where a.passes[i]);
      v_ordinals := array(select count(*) filter (where u) over (order by i) - 1
                            from unnest(a.passes) with ordinality u(u, i));
      v_aside := array(select b.p[i] from generate_series(1, v_n) i where not a.passes[i]);
      cut := cardinality(v_in) < v_taken; v_taken := cardinality(v_in);
    end if;
  end if;
  v_high := greatest(b.high, b.p[v_n], b.top);
  if v_n = 0 then v_members := '{}';
  elsif b.p[v_n] - b.p[1] + 1 = v_n then v_members := int8multirange(int8range(b.p[1], b.p[v_n], '[]'));
  else select range_agg(int8range(u, u, '[]')) into v_members from unnest(b.p) u;
  end if;
  v_gaps := int8multirange(int8range(b.high, v_high, '(]')) - v_members - coalesce(b.marks, '{}');
  v_seen := v_n < p_n or b.p[v_n] > b.high;
  v_old := case when v_seen and (v_sealed or b.xmin >= b.judge) then '{}' else b.old - v_members end;
  v_young := case when v_seen and v_sealed then '{}' else b.young + v_gaps - v_members end;
  v_judge := b.judge;
  if isempty(v_old) then
    v_old := v_young; v_young := '{}'; v_judge := pg_current_xact_id();                      -- I4: after the scan
  end if;

  if v_taken < v_n then
    v_members := coalesce((select range_agg(int8range(b.p[i], b.p[i], '[]')) from unnest(v_in) i), '{}');
  end if;

  no := b.no + 1;
  claimed_at := clock_timestamp();
  case v_child
-- awa:each-child
    when ${child} then
      v_won := ${schema}.take_${child}(segment, p_lane, no, p_nonce, p_worker, v_high, v_taken, v_members, v_old, v_young,
                                       v_judge, claimed_at,
                                       claimed_at + make_interval(secs => least(p_deadline_ms, b.deadline) / 1000.0));
-- awa:end
  end case;
  if not v_won then
    status := 'again';
    return;
  end if;
  if v_sealed and v_n < p_n then
    insert into ${schema}.exhausted values (segment, p_lane) on conflict do nothing;           -- I6
  end if;
  if b.keys is not null then
    perform ${schema}.add_places(a.keys, a.versions, a.lows, a.members,
                                 case when b.origins is null then b.p
                                      else array(select coalesce(b.origins[i], b.p[i]) from generate_series(1, v_n) i) end,
                                 b.p, segment, no, v_ordinals);
    if cardinality(v_aside) > 0 then
      case v_child
-- awa:each-child
        when ${child} then perform ${schema}.add_entries(${schema}.put_aside_${child}(v_aside));
-- awa:end
      end case;
    end if;
  end if;
  if v_taken = 0 then
    status := 'again';
    return;
  end if;
  -- Only a rotation away from this segment would let a seal end its holes.
  if not v_sealed and not isempty(v_old) and segment = (select s.last_value >> 8 from ${schema}.current_segment s) then
    select count(*)::int into holes from unnest(v_old + v_young);
  end if;
  status := 'ok'; positions := b.p; meta := b.meta; available := b.available; args := b.args; extras := b.extras;
  origins := b.origins;
  if cut then
    positions := array(select b.p[i] from unnest(v_in) i);
    if cardinality(meta) > 1 then meta := array(select b.meta[i] from unnest(v_in) i); end if;
    available := array(select b.available[i] from unnest(v_in) i);
    args := ${schema}.chosen(b.args, v_in);
    extras := ${schema}.chosen(b.extras, v_in);
    if origins is not null then origins := array(select b.origins[i] from unnest(v_in) i); end if;
  end if;
end $awa$;

-- Of texts that travel in one, some, by their numbers.
create or replace function ${schema}.chosen(p_texts text, p_in int[]) returns text
language sql immutable as $awa$
  select case when p_texts is not null then string_agg(coalesce(x.texts[u.i], ''), E'\x1e' order by u.o) end
    from (select string_to_array(p_texts, E'\x1e') as texts) x, unnest(p_in) with ordinality u(i, o)
$awa$;

-- When the oldest job that the lane would offer became available, in microseconds; 0 where bookkeeping waits in it,
-- null where nothing does.
create or replace function ${schema}.lane_head(p_lane int) returns bigint
language plpgsql as $awa$
declare
  g record; r record; v_head bigint;
begin
  for g in
    with l as materialized (
      select x.segment, x.child, x.sealed_at is not null as sealed from ${schema}.generations x
       where x.reclaimed_at is null and x.finished_at is null
         and (x.sealed_at is null
              or p_lane = any (x.lanes)
                 and not exists (select from ${schema}.exhausted e where e.segment = x.segment and e.lane = p_lane)))
    select * from l
     where l.segment <= coalesce((select min(m.segment) from l m where m.sealed), 9223372036854775807)
     order by l.segment desc
  loop
    case g.child
-- awa:each-child
      when ${child} then r := ${schema}.probe_${child}(p_lane, 1);
-- awa:end
    end case;
    if r.p is not null then v_head := r.available[1];
    elsif r.top is not null or g.sealed then v_head := 0;
    end if;
  end loop;
  return v_head;
end $awa$;

-- A queue: the lane whose head has the best effective priority, priority - waited / aging in double precision and never
-- above the best one. Among equals the older head. more: another call would find something at once. ready: concurrency
-- keys of which somebody waits although a place is free; grant_keys gives it to him.
create or replace function ${schema}.claim(p_queue int, p_n int, p_worker int, p_nonce bigint,
  out status text, out more boolean, out segment bigint, out lane int, out no bigint, out claimed_at timestamptz,
  out holes int, out positions bigint[], out meta bigint[], out available bigint[], out args text, out extras text,
  out origins bigint[], out deadline_ms bigint, out ready text[])
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set enable_sort = off set max_parallel_workers_per_gather = 0
as $awa$
declare
  q record; c record; v_lanes int[]; v_busy boolean := false; v_left int; v_status text := 'empty';
begin
  if p_n not between 1 and 32767 then
    raise exception 'claim: n is %, allowed are 1 to 32767', p_n using errcode = '22023';
  end if;
  select u.paused_at is not null as paused, u.aging_seconds, u.deadline_ms into q from ${schema}.queues u where u.queue = p_queue;
  if q.paused then
    status := 'paused'; more := false;
    return;
  end if;
  select array_agg(l.lane) into v_lanes from ${schema}.lanes l where l.queue = p_queue;
  if cardinality(v_lanes) > 1 then
    select array_agg(x.lane order by x.rank, x.head), coalesce(sum(1), 0) into v_lanes, v_left
      from (select y.lane, y.head,
                   greatest(1, case when q.aging_seconds > 0 then y.priority - greatest(0, y.waited) / q.aging_seconds
                                    else y.priority::double precision end) as rank
              from (select l.lane, l.priority, h.head,
                           date_part('epoch', clock_timestamp()) - h.head / 1e6::double precision as waited
                      from ${schema}.lanes l cross join lateral (select ${schema}.lane_head(l.lane) as head) h
                     where l.queue = p_queue) y
             where y.head is not null) x;
  end if;
  v_left := coalesce(cardinality(v_lanes), 0);
  for i in 1 .. v_left loop
    c := ${schema}.claim_lane(v_lanes[i], p_n, p_worker, p_nonce, true, q.deadline_ms);
    -- A ledger row ends the call: the next scan's judge would be older than its scan.
    v_status := c.status;
    exit when c.status = 'ok' or c.status = 'again';
    v_busy := v_busy or c.status = 'busy';
  end loop;
  if v_status <> 'ok' and v_status <> 'again' then
    status := case when v_busy then 'busy' else 'empty' end; more := false;
    return;
  end if;
  status := v_status; segment := c.segment; lane := c.lane; no := c.no; claimed_at := c.claimed_at; holes := c.holes;
  positions := c.positions; meta := c.meta; available := c.available; args := c.args; extras := c.extras;
  origins := c.origins; deadline_ms := q.deadline_ms; ready := c.ready;
  more := c.status = 'again' or c.cut or coalesce(cardinality(c.positions), 0) = p_n or v_left > 1;
end $awa$;

-- Finds again what a claim took whose answer was lost. Waits for the lane (its first call may still run), reads, never
-- claims. The caller's lock_timeout bounds the wait. p_age_ms: how long ago the claim was sent; a minute more is looked
-- through, for what clocks differ by.
create or replace function ${schema}.replay(p_queue int, p_nonce bigint, p_age_ms bigint default 600000,
  out segment bigint, out lane int, out no bigint, out claimed_at timestamptz,
  out positions bigint[], out meta bigint[], out available bigint[], out args text, out extras text,
  out origins bigint[], out deadline_ms bigint)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set enable_sort = off set max_parallel_workers_per_gather = 0
as $awa$
declare
  l record; g record; r record;
  v_since timestamptz := clock_timestamp() - make_interval(secs => p_age_ms / 1000.0 + 60);
begin
  for l in select x.lane from ${schema}.lanes x where x.queue = p_queue order by x.lane loop
    perform pg_advisory_xact_lock(${schema}.lock_key(), l.lane);
    for g in select x.segment, x.child from ${schema}.generations x where x.reclaimed_at is null order by x.segment desc loop
      case g.child
-- awa:each-child
        when ${child} then r := ${schema}.replay_${child}(l.lane, p_nonce, v_since);
-- awa:end
      end case;
      if r.no is not null then
        segment := g.segment; lane := l.lane; no := r.no; claimed_at := r.claimed_at; positions := r.p; meta := r.meta;
        available := r.available; args := r.args; extras := r.extras; origins := r.origins;
        deadline_ms := (select q.deadline_ms from ${schema}.queues q where q.queue = p_queue);
        return;
      end if;
    end loop;
  end loop;
end $awa$;

-- Bodies that were too large to travel with the claim. A position whose segment is gone is absent from the answer.
create or replace function ${schema}.bodies(p_segment bigint, p_positions bigint[]) returns table (pos bigint, args text)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off
as $awa$
declare
  v_child int;
begin
  select g.child into v_child from ${schema}.generations g where g.segment = p_segment and g.reclaimed_at is null;
  case v_child
-- awa:each-child
    when ${child} then return query select * from ${schema}.bodies_${child}(p_positions);
-- awa:end
    else return;
  end case;
end $awa$;
