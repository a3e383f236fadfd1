-- Rescue: ends attempts whose process died, whose claim no process has, or whose deadline passed.
--
-- Invariants
--   I15 Everything is decided by close and by endings, like any other end: a rescue that is wrong about the moment loses
--       against the attempt's own end, and one of them is stale. What follows only keeps live attempts from being ended.
--   I16 A process is dead when it said that it stopped, or when its last beat, the server's start and the moment this
--       leader began to watch all lie more than the staleness back. The leader's watch begins anew with its connection
--       (so after an outage and after a failover), and whenever two of its passes lie more than half the staleness apart
--       or the clock goes back: nobody could beat, or nobody looked. The cutoff of a pass is taken once, in its first
--       statement; a later one that was held up judges nobody by a later clock.
--   I17 A claim is lost when its process, which is alive, says that it does not have it. No clock is asked: the list that
--       comes with a beat holds the counters of all claims that are not fully decided and every counter not yet used when
--       it was made, so a claim sent after that is in it, however late the beat arrives.
--   I18 Claims of a lane become visible in the order of their numbers (each one waits for its predecessor's end), so what
--       lies below `after` was seen. It was closed then, which is final, or its number is among the open ones, which are
--       looked at in each pass. Nothing else is read again. The caller forgets both with its connection: a crash may have
--       taken claims and closures back.
--   I21 Of a process whose row is forgotten nothing was left then. What comes all the same (it was frozen, not dead, and its
--       first statement is no beat) belongs to a dead process until its beat makes the row anew: claims by look_k, held
--       attempts by strays.
-- A claim or an entry that another transaction is ending is skipped after 50 ms (55P03, and nothing else) and met
-- again by the next pass. Each is tried once a pass: of claims, `tried` tells for each lane up to where; it goes from call
-- to call.
-- An idle pass writes nothing.
-- Lock order: closures (claims ascending), endings by (store child, entry), adding to the store.

-- What a pass begins with. p_since_us: what the last pass of this connection answered, null for its first; p_last_us:
-- when that was. p_all: dead processes that were found empty are looked at as well, and those nobody knows. beaten_us: a process that beat last
-- before it is dead. Segments: sealed ones first, since a prune waits for them, then by age.
create or replace function ${schema}.rescue_scope(p_staleness_ms bigint, p_since_us bigint, p_last_us bigint, p_all boolean,
  out now_us bigint, out since_us bigint, out beaten_us bigint, out dead int[], out segments bigint[])
language plpgsql as $awa$
declare
  v_start bigint := (date_part('epoch', pg_postmaster_start_time()) * 1e6)::bigint;
begin
  now_us := (date_part('epoch', clock_timestamp()) * 1e6)::bigint;
  since_us := case when p_since_us is null or p_last_us is null or now_us < p_last_us
                        or now_us - p_last_us > p_staleness_ms * 500 then now_us else p_since_us end;
  beaten_us := now_us - p_staleness_ms * 1000;
  if greatest(v_start, since_us) >= beaten_us then beaten_us := 0; end if;                   -- I16
  dead := array(select w.worker from ${schema}.workers w
                 where (w.stopped_at is not null or ${schema}.last_beat(w.beat_at, w.cell) < to_timestamp(beaten_us / 1e6))
                   and (p_all or w.rescued_at is null) order by w.worker);
  if p_all and beaten_us > 0 then dead := dead || ${schema}.strays(); end if;
  segments := array(select g.segment from ${schema}.generations g
                     where g.reclaimed_at is null and g.finished_at is null order by g.sealed_at is null, g.segment);
end $awa$;

-- awa:each-child
-- Open claims: those that were open before, and those from `after` on that are not younger than p_young. More: a lane has
-- more than p_limit new ones. Candidates (c_) in (lane, no) order, with why they are.
create or replace function ${schema}.look_${child}(p_lanes int[], p_afters bigint[], p_open_lanes int[], p_open_nos bigint[],
  p_beaten timestamptz, p_young timestamptz, p_late timestamptz, p_limit int,
  out lanes int[], out afters bigint[], out more boolean, out open_lanes int[], out open_nos bigint[],
  out met int[], out c_lanes int[], out c_nos bigint[], out c_sizes int[], out c_whys text[])
language plpgsql as $awa$
begin
  with fresh as materialized (
    select l.lane, l.after, x.no, x.nonce, x.deadline_at, x.worker, x.n
      from unnest(p_lanes, p_afters) l(lane, after)
      left join lateral (
        select y.*, bool_or(y.claimed_at > p_young) over (order by y.no) as young
          from (select c.no, c.nonce, c.claimed_at, c.deadline_at, c.worker, c.n from ${schema}.claims_${child} c
                 where c.lane = l.lane and c.no >= l.after order by c.no limit p_limit) y) x on not x.young),
  t as materialized (
    select f.lane, coalesce(max(f.no) + 1, f.after) as after, count(f.no) >= p_limit as more
      from fresh f group by f.lane, f.after),
  s as (
    select f.lane, f.no, f.nonce, f.deadline_at, f.worker, f.n from fresh f where f.n > 0
     union all
    select c.lane, c.no, c.nonce, c.deadline_at, c.worker, c.n
      from unnest(p_open_lanes, p_open_nos) u(lane, no)
      join ${schema}.claims_${child} c on c.lane = u.lane and c.no = u.no),
  o as materialized (
    select s.*, case when (w.worker is null and p_beaten > 'epoch') or w.stopped_at is not null
                          or ${schema}.last_beat(w.beat_at, w.cell) < p_beaten
                     then 'crash'
                     when not w.live @> (s.nonce & 4294967295) then 'lost'
                     when s.deadline_at < p_late then 'deadline' end as why
      from s left join ${schema}.workers w on w.worker = s.worker
     where s.n > (select coalesce(sum(bit_count(z.members)), 0) from ${schema}.closures_${child} z
                   where z.lane = s.lane and z.no = s.no))
  select a.lanes, a.afters, a.more, b.lanes, b.nos, b.met, b.c_lanes, b.c_nos, b.c_sizes,
         b.c_whys
    into lanes, afters, more, open_lanes, open_nos, met, c_lanes, c_nos, c_sizes, c_whys
    from (select array_agg(t.lane) as lanes, array_agg(t.after) as afters, bool_or(t.more) as more from t) a,
         (select array_agg(o.lane) as lanes, array_agg(o.no) as nos,
                 array_agg(distinct o.worker) filter (where o.why = 'crash') as met,
                 array_agg(o.lane order by o.lane, o.no) filter (where o.why is not null) as c_lanes,
                 array_agg(o.no order by o.lane, o.no) filter (where o.why is not null) as c_nos,
                 array_agg(o.n order by o.lane, o.no) filter (where o.why is not null) as c_sizes,
                 array_agg(o.why order by o.lane, o.no) filter (where o.why is not null) as c_whys from o) b;
end $awa$;

-- The open members of claims that are to be ended, as close_in and sides_in take them. An attempt that was lost counts as
-- one: absence from the list does not prove that it never ran (an end that the database refuses leaves the list too), and
-- a job whose end can never be written must not come back for ever. Deadlines are judged member by member: the
-- job's own, else
-- the queue's, as its process judges.
create or replace function ${schema}.judge_${child}(p_lanes int[], p_nos bigint[], p_whys text[], p_late timestamptz,
  out lanes int[], out nos bigint[], out nonces bigint[], out workers int[], out members text[], out outcomes text[],
  out s_items int[], out s_ordinals int[], out s_states text[], out s_whys text[], out s_details text[])
language plpgsql as $awa$
begin
  with m as (
    select u.i, u.lane, u.no, u.why, c.nonce, c.worker, c.claimed_at, d.closed, y.pos,
           (row_number() over (partition by u.i order by y.pos) - 1)::int as ordinal
      from unnest(p_lanes, p_nos, p_whys) with ordinality u(lane, no, why, i)
      join ${schema}.claims_${child} c on c.lane = u.lane and c.no = u.no
     cross join lateral (select bit_or(z.members) as closed from ${schema}.closures_${child} z
                          where z.lane = u.lane and z.no = u.no) d
     cross join lateral (select p.pos from unnest(c.members) r, generate_series(lower(r), upper(r) - 1) p(pos)) y),
  x as (
    select m.i, m.lane, m.no, m.why, m.nonce, m.worker, m.ordinal,
           case when j.pos is null then null when j.attempt + 1 < j.max_attempts then 't' else 'f' end as outcome
      from m
      join ${schema}.lanes l on l.lane = m.lane
      join ${schema}.queues q on q.queue = l.queue
      left join ${schema}.jobs_${child} j
        on j.pos = m.pos and coalesce(get_bit(m.closed, m.ordinal), 0) = 0
       and (m.why <> 'deadline'
            or m.claimed_at + make_interval(secs => coalesce((j.extras ->> 'deadline')::bigint, q.deadline_ms) / 1000.0)
               < p_late)),
  y as materialized (
    select z.*, dense_rank() over (order by z.i)::int as item
      from (select x.*, count(x.outcome) over (partition by x.i) as ends from x) z where z.ends > 0)
  select a.lanes, a.nos, a.nonces, a.workers, a.members, a.outcomes, b.items, b.ordinals, b.states, b.whys, b.details
    into lanes, nos, nonces, workers, members, outcomes, s_items, s_ordinals, s_states, s_whys, s_details
    from (select array_agg(k.lane order by k.item) as lanes, array_agg(k.no order by k.item) as nos,
                 array_agg(k.nonce order by k.item) as nonces, array_agg(k.worker order by k.item) as workers,
                 array_agg(k.members order by k.item) as members, array_agg(k.outcomes order by k.item) as outcomes
            from (select y.item, y.lane, y.no, y.nonce, y.worker,
                         string_agg(case when y.outcome is null then '0' else '1' end, '' order by y.ordinal) as members,
                         case when min(y.outcome) = max(y.outcome) then min(y.outcome)
                              else string_agg(y.outcome, '' order by y.ordinal) end as outcomes
                    from y group by y.item, y.lane, y.no, y.nonce, y.worker) k) a,
         (select array_agg(y.item) as items, array_agg(y.ordinal) as ordinals, array_agg(y.outcome) as states,
                 array_agg(y.why) as whys,
                 array_agg(${schema}.rescue_detail(y.why, y.outcome, y.worker, w.name)) as details
            from y left join ${schema}.workers w on w.worker = y.worker where y.outcome is not null) b;
end $awa$;
-- awa:end

create or replace function ${schema}.rescue_detail(p_why text, p_state text, p_worker int, p_name text) returns text
language sql stable as $awa$
  select jsonb_strip_nulls(jsonb_build_object(
    'error', case p_why
      when 'crash' then jsonb_build_object('class', 'WorkerDied',
        'message', format('worker %s (%s) stopped beating', p_worker, coalesce(p_name, 'unknown')))
      when 'lost' then jsonb_build_object('class', 'ClaimLost',
        'message', format('worker %s (%s) does not have this claim', p_worker, coalesce(p_name, 'unknown')))
      when 'deadline' then jsonb_build_object('class', 'DeadlineExceeded', 'message', 'deadline exceeded')
      else jsonb_build_object('class', 'CallbackTimeout', 'message', 'no callback came in time') end,
    'reason', case when p_state = 'f' then case p_why when 'deadline' then 'deadline_exhausted'
                                                      when 'callback' then 'callback_timeout'
                                                      else 'crash_exhausted' end end))::text
$awa$;

-- Tells a process that is alive that an attempt of it was ended: it disposes the handler. Commits with the end.
create or replace function ${schema}.tell_cancelled(p_worker int, p_name bigint, p_member bigint) returns void
language sql volatile as $awa$
  select pg_notify(${schema}.channel(), E'\x01cancel ' || p_worker || ' ' || p_name || ' ' || p_member)
$awa$;

-- Ends claims of one child in one piece, or none of them (busy).
create or replace function ${schema}.rescue_try(p_child int, p_lanes int[], p_nos bigint[], p_whys text[],
  p_late timestamptz, p_closer bigint, out crashed int, out lost int, out late int, out exhausted int, out busy boolean)
language plpgsql as $awa$
declare
  j record; r record; v_fresh text[]; v_timeout text := ${schema}.wait_briefly(50);
begin
  busy := false;
  begin
    case p_child
-- awa:each-child
      when ${child} then j := ${schema}.judge_${child}(p_lanes, p_nos, p_whys, p_late);
-- awa:end
    end case;
    if j.lanes is not null then
      for r in select * from ${schema}.close_in(p_child, array(select generate_subscripts(j.lanes, 1)), j.lanes, j.nos,
                                                j.nonces, j.members, j.outcomes, p_closer) loop
        v_fresh[r.item] := r.fresh;
      end loop;
      perform ${schema}.add_entries(${schema}.sides_in(p_child, v_fresh, j.lanes, j.nos, j.s_items, j.s_ordinals, j.s_states,
                                                       null, null, j.s_details));
      perform ${schema}.tell_cancelled(j.workers[s.item], j.nonces[s.item], s.ordinal)
         from unnest(j.s_items, j.s_ordinals, j.s_whys) s(item, ordinal, why)
        where s.why = 'deadline' and get_bit(v_fresh[s.item]::varbit, s.ordinal) = 1;
    end if;
  exception when lock_not_available then
    busy := true;
    v_fresh := null;
  end;
  perform set_config('lock_timeout', v_timeout, true);
  select count(*) filter (where s.why = 'crash'), count(*) filter (where s.why = 'lost'),
         count(*) filter (where s.why = 'deadline'), count(*) filter (where s.state = 'f')
    into crashed, lost, late, exhausted
    from unnest(j.s_items, j.s_ordinals, j.s_states, j.s_whys) s(item, ordinal, state, why)
   where v_fresh[s.item] is not null and get_bit(v_fresh[s.item]::varbit, s.ordinal) = 1;
end $awa$;

-- One segment. Lanes, afters and open claims are what the last call of this connection answered, empty for the first.
-- Claims younger than p_young_ms are left for later: no reason holds for them yet. A call reads p_limit new claims of a
-- lane, and ends a quarter as many, of about p_members members.
-- met: dead processes that had open claims. more: call again with what was answered, for there is more to do.
create or replace function ${schema}.rescue(p_segment bigint, p_lanes int[], p_afters bigint[], p_open_lanes int[],
  p_open_nos bigint[], p_tried_lanes int[], p_tried_nos bigint[], p_beaten_us bigint, p_young_ms bigint, p_grace_ms bigint,
  p_limit int, p_members int, p_closer bigint,
  out lanes int[], out afters bigint[], out open_lanes int[], out open_nos bigint[], out met int[], out tried_lanes int[],
  out tried_nos bigint[], out crashed int, out lost int, out late int, out exhausted int, out busy int, out more boolean)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
declare
  g record; l record; v record; t record; v_lanes int[]; v_late timestamptz; v_timeout text;
begin
  crashed := 0; lost := 0; late := 0; exhausted := 0; busy := 0; more := false;
  tried_lanes := p_tried_lanes; tried_nos := p_tried_nos;
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'rescue needs READ COMMITTED' using errcode = '25001';
  end if;
  select x.child, x.lanes into g from ${schema}.generations x
   where x.segment = p_segment and x.finished_at is null and x.reclaimed_at is null;
  if not found then return; end if;
  v_lanes := coalesce(g.lanes, array(select y.lane from ${schema}.lanes y));
  v_late := clock_timestamp() - make_interval(secs => p_grace_ms / 1000.0);
  case g.child
-- awa:each-child
    when ${child} then l := ${schema}.look_${child}(v_lanes,
      array(select coalesce((select w.after from unnest(p_lanes, p_afters) w(lane, after) where w.lane = u.lane), 0)
              from unnest(v_lanes) with ordinality u(lane, i) order by u.i),
      p_open_lanes, p_open_nos, to_timestamp(p_beaten_us / 1e6),
      clock_timestamp() - make_interval(secs => p_young_ms / 1000.0), v_late, p_limit);
-- awa:end
  end case;
  lanes := l.lanes; afters := l.afters; open_lanes := l.open_lanes; open_nos := l.open_nos; met := l.met;
  more := coalesce(l.more, false);
  if l.c_lanes is null then return; end if;
  select array_agg(x.lane order by x.i) filter (where x.fits) as lanes,
         array_agg(x.no order by x.i) filter (where x.fits) as nos,
         array_agg(x.why order by x.i) filter (where x.fits) as whys,
         count(*) filter (where not x.fits) as beyond
    into v
    from (select u.*, sum(u.size) over (order by u.i) - u.size < p_members
                         and row_number() over (order by u.i) <= greatest(1, p_limit / 4) as fits
            from unnest(l.c_lanes, l.c_nos, l.c_sizes, l.c_whys) with ordinality u(lane, no, size, why, i)
           where u.no > coalesce((select s.no from unnest(p_tried_lanes, p_tried_nos) s(lane, no) where s.lane = u.lane),
                                 0)) x;
  if v.lanes is null then return; end if;
  more := more or v.beyond > 0;
  select array_agg(y.lane), array_agg(y.no) into tried_lanes, tried_nos
    from (select u.lane, max(u.no) as no
            from (select * from unnest(v.lanes, v.nos) union all select * from unnest(p_tried_lanes, p_tried_nos)) u(lane, no)
           group by u.lane) y;
  t := ${schema}.rescue_try(g.child, v.lanes, v.nos, v.whys, v_late, p_closer);
  if not t.busy then
    crashed := t.crashed; lost := t.lost; late := t.late; exhausted := t.exhausted;
    return;
  end if;
  -- One by one, ascending; the one that is busy is known to be, so the wait for it is short.
  v_timeout := current_setting('lock_timeout');
  perform set_config('lock_timeout', '5ms', true);
  for i in 1 .. cardinality(v.lanes) loop
    t := ${schema}.rescue_try(g.child, v.lanes[i:i], v.nos[i:i], v.whys[i:i], v_late, p_closer);
    crashed := crashed + t.crashed; lost := lost + t.lost; late := late + t.late; exhausted := exhausted + t.exhausted;
    busy := busy + t.busy::int;
  end loop;
  perform set_config('lock_timeout', v_timeout, true);
end $awa$;

-- Nothing is left of these processes; a beat that came meanwhile stands.
create or replace function ${schema}.note_rescued(p_workers int[], p_beaten_us bigint) returns int
language plpgsql as $awa$
declare
  v_n int;
begin
  update ${schema}.workers w set rescued_at = clock_timestamp()
   where w.worker = any (p_workers) and w.rescued_at is null
     and (w.stopped_at is not null or ${schema}.last_beat(w.beat_at, w.cell) < to_timestamp(p_beaten_us / 1e6));
  get diagnostics v_n = row_count;
  return v_n;
end $awa$;

-- Forgets processes of which a look at all just now found nothing, and that were found empty p_keep_ms ago and have not
-- beaten since. A row that somebody has is left for the next time.
create or replace function ${schema}.forget_workers(p_workers int[], p_keep_ms bigint, p_limit int) returns int
language plpgsql as $awa$
declare
  v_n int;
begin
  delete from ${schema}.workers w
   where w.worker in (select x.worker from ${schema}.workers x
                       where x.worker = any (p_workers)
                         and x.rescued_at < clock_timestamp() - make_interval(secs => p_keep_ms / 1000.0)
                       order by x.worker limit p_limit for update skip locked);
  get diagnostics v_n = row_count;
  return v_n;
end $awa$;
