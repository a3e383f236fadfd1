-- Concurrency keys: of jobs with one key at most as many attempts are open at a time as their queue's key_limit says, in
-- all queues and processes together. A claim asks for those of its jobs that have a key, after it has found them and
-- before its ledger row; who gets no place waits in the store, so that the lane goes on; when a place is free, the next
-- one that waits gets it and stands at the end of its lane.
--
-- A key has places, numbered from 1: its base with the number in the last two bytes names one in keys_k. The newest version
-- of a place says which job got it, and at which position. Nobody gives a place back: that follows from where the job is.
--
-- Invariants
--   K1  A place is held while its job stands at that very position, available or claimed (r), or is held (h), or is parked
--       with a handler that waits for it (w). Once that is over, it never begins again for this position; a job that is
--       held got its newest place last. So to look at places can err to one side only: a held job may be found in two of
--       its key's places. It is counted once.
--   K2  Places are taken, and tickets given, under the key's advisory lock, which is held to the end of the transaction, at
--       READ COMMITTED, so that what follows sees all that was taken before (as U1). Nothing else opens an attempt: a job
--       comes from available to claimed only through a claim.
--   K3  A job gets a place only where fewer than the limit are held, and a position that has its place is claimed only
--       where fewer than the limit of the key's attempts are open. So a limit that was lowered holds from the next attempt
--       on, whatever was granted before: it is read once the key's lock is had.
--   K4  Who waits has a ticket, a number that ascends under the key's lock and goes with its entry wherever that is carried.
--       Places are granted in the order of tickets, each time up to the first that gets none. So all tickets up to the one
--       that was granted last have left; `low` tells so, and saves reading them: nothing rests on it.
--   K5  A job waits behind those of its key that wait, and behind those of its lane that have their place already, and
--       stand behind it.
--   K6  No wake-up is lost: whoever is refused a place commits before its key's lock is free. An attempt whose end was not
--       visible then is followed by a call of grant_keys for its key, which waits for that lock. Who dies in between is
--       made up for by sweep_keys.
--   K7  A version says which claim its job is in (segment, claim, ordinal), and a claim writes one for each job that it lets
--       start: a closure of that claim tells whether the attempt is over. This saves looking for the position; nothing
--       else rests on it.
-- Lock order: lane key (claims), locks of keys ascending (further ones tried), endings ascending by (store child, entry),
-- then adding.
-- Who waits for a key's lock holds no row that a holder could wait for; a grant's waits for endings are short.

-- Who waits for a place of a key behind a ticket, in their order.
create or replace function ${schema}.waiting_for(p_key text, p_low bigint, p_limit int)
returns table (store int, entry bigint, ticket bigint, lane int)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set enable_sort = off
as $awa$
#variable_conflict use_column
begin
  return query
  select y.store, y.entry, y.ticket, y.lane from (
    select 0 as store, 0::bigint as entry, 0::bigint as ticket, 0 as lane where false
-- awa:each-store
     union all
    (select ${store}, e.entry, (e.extras ->> 'ticket')::bigint, e.lane
       from ${schema}.entries_${store} e
      where (select exists (select from ${schema}.entries_${store} y where y.state = 'k'))
        and e.state = 'k' and e.extras ->> 'concurrency_key' = p_key and (e.extras ->> 'ticket')::bigint > p_low
        and not exists (select from ${schema}.endings_${store} x where x.entry = e.entry offset 0)
      order by (e.extras ->> 'concurrency_key'), ((e.extras ->> 'ticket')::bigint) limit p_limit)
-- awa:end
  ) y order by y.ticket limit p_limit;
end $awa$;

-- Those of some keys for which somebody has ever waited, as far as that is still known. Mostly nobody has, for any key.
create or replace function ${schema}.keys_waited(p_keys text[]) returns text[]
language plpgsql as $awa$
begin
  if false
-- awa:each-store
     or exists (select from ${schema}.entries_${store} e where e.state = 'k')
-- awa:end
  then
    return ${schema}.keys_among_waiting(p_keys);
  end if;
  return '{}';
end $awa$;

create or replace function ${schema}.keys_among_waiting(p_keys text[]) returns text[]
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
as $awa$
begin
  return array(
    select u from unnest(p_keys) u
     where false
-- awa:each-store
        or (select exists (select from ${schema}.entries_${store} e where e.state = 'k'))
           and exists (select from ${schema}.entries_${store} e
                        where e.state = 'k' and e.extras ->> 'concurrency_key' = u offset 0)
-- awa:end
  );
end $awa$;

-- Which of a lane's jobs that a claim has found may start, p_most at most, in their order; p_keys: null for one without a key.
-- p_segment, p_child: where the claim has found them, of which the caller has locks.
-- decided: how many of them were looked at; -1 where a key's lock could not be had in time. Who has locks of keys already does
-- not wait for further ones (p_wait): it would stand behind one whose turn was before.
-- passes: null where all do.
-- members: those that take a place, or come to the one they have, with the place and its version. ready: keys of which
-- somebody waits although a place is free (K5).
create or replace function ${schema}.ask_places(p_lane int, p_positions bigint[], p_keys text[], p_most int,
  p_wait boolean, p_segment bigint, p_child int, out decided int, out passes boolean[], out members int[], out keys uuid[],
  out versions bigint[], out lows bigint[], out ready text[])
language plpgsql as $awa$
declare
  n record; t record; r record; v_busy bigint[]; v_waited text[]; v_rest boolean[]; v_states "char"[]; i int;
begin
  members := '{}'; keys := '{}'; versions := '{}'; lows := '{}'; decided := cardinality(p_positions);
  select array_agg(x.key) as keys, array_agg((x.hex || '0000')::uuid) as bases, array_agg((x.hex || '0001')::uuid) as ones,
         array_agg((x.hex || 'ffff')::uuid) as ends, array_agg(x.first) as firsts, array_agg(x.jobs > 1) as several
    into n
    from (select y.key, left(encode(sha256(convert_to('concurrency ' || y.key, 'UTF8')), 'hex'), 28) as hex, y.first, y.jobs
            from (select u.key, min(u.i)::int as first, count(*) as jobs from unnest(p_keys) with ordinality u(key, i)
                   where u.key is not null group by 1) y offset 0) x;
  begin
    v_busy := ${schema}.lock_places(n.bases, p_wait);
  exception when lock_not_available then
    decided := -1;
    return;
  end;
  if n.keys is not null then v_waited := ${schema}.keys_waited(n.keys); end if;
  if n.keys is not null and cardinality(v_busy) = 0 then
    case p_child
-- awa:each-child
      when ${child} then t := ${schema}.places_over_${child}(n.bases, n.ones, n.ends, p_segment);
-- awa:end
    end case;
    v_rest := n.several;
    foreach i in array coalesce(t.deep, '{}') loop v_rest[i] := true; end loop;
    if t.others is not null then
      v_states := ${schema}.place_states(t.jobs, t.positions, t.segments, t.nos, t.ordinals);
      for i in 1 .. cardinality(v_states) loop
        if v_states[i] is not null then v_rest[t.others[i]] := true; end if;
      end loop;
    end if;
    -- Mostly nobody else of a key is about.
    if true = any (v_rest) or cardinality(v_waited) > 0 then
      select coalesce(array_agg(u.first), '{}'), coalesce(array_agg(u.one), '{}'), coalesce(array_agg(u.version), '{}'),
             coalesce(array_agg(u.low), '{}')
        into members, keys, versions, lows
        from unnest(v_rest, n.keys, n.firsts, n.ones, t.versions, t.lows) u(rest, key, first, one, version, low)
       where not u.rest and not u.key = any (v_waited);
    else
      members := n.firsts; keys := n.ones; versions := t.versions; lows := t.lows;
      if decided <= p_most then return; end if;
    end if;
  elsif n.keys is not null then
    select min(u.first) - 1 into decided from unnest(n.bases, n.firsts) u(base, first)
     where ${schema}.place_lock(u.base) = any (v_busy);
  end if;
  passes := array(select u is null from unnest(p_keys[1:decided]) u);
  foreach i in array members loop passes[i] := true; end loop;
  if false = any (passes) then
    r := ${schema}.ask_further(p_lane, p_positions, p_keys, passes, v_waited);
    passes := r.passes; members := members || r.members; keys := keys || r.keys; versions := versions || r.versions;
    lows := lows || r.lows; ready := r.ready;
  end if;
  -- What is decided of one rests on those before it alone, so the rest is left out. A key may then be called ready of which
  -- nobody waits; a grant looks for itself.
  select u.i - 1 into i from unnest(passes) with ordinality u(passes, i) where u.passes order by u.i offset p_most limit 1;
  if found then
    decided := i; passes := passes[1:i];
    select coalesce(array_agg(u.i order by u.i), '{}'), coalesce(array_agg(u.key order by u.i), '{}'),
           coalesce(array_agg(u.version order by u.i), '{}'), coalesce(array_agg(u.low order by u.i), '{}')
      into members, keys, versions, lows
      from unnest(members, keys, versions, lows) u(i, key, version, low) where u.i <= decided;
  end if;
end $awa$;

-- The same for those that have not passed yet (p_passes), of keys of which somebody else is about; the caller has their locks.
create or replace function ${schema}.ask_further(p_lane int, p_positions bigint[], p_keys text[], p_passes boolean[],
  p_waited text[], out passes boolean[], out members int[], out keys uuid[], out versions bigint[], out lows bigint[],
  out ready text[])
language plpgsql
-- Hundreds of keys meet hundreds of places.
set enable_hashjoin = on
as $awa$
declare
  k record; t record; n record; v_limit int; v_rest int[];
  v_live int; v_open int; v_waits boolean; v_gated boolean; v_after int; h int; i int; v_states "char"[]; v_left int;
begin
  passes := p_passes;
  select array_agg(y.key) as keys, array_agg(${schema}.places_of(y.key)) as bases
    into n
    from (select distinct u.key from unnest(p_keys, p_passes) u(key, passes) where not u.passes) y;
  select q.key_limit into v_limit from ${schema}.lanes l join ${schema}.queues q on q.queue = l.queue where l.lane = p_lane;
  select array_agg(x.base) as bases, array_agg(x.number) as numbers, array_agg(x.version) as versions,
         array_agg(x.job) as jobs, array_agg(x.pos) as positions, array_agg(x.low) as lows, array_agg(x.state) as states
    into t from ${schema}.places_held(n.bases) x;
  -- A key whose places are all free, or were until now.
  select coalesce(array_agg(y.first), '{}'), coalesce(array_agg(${schema}.place_key(y.base, 1)), '{}'),
         coalesce(array_agg(coalesce(p.version, 0)), '{}'), coalesce(array_agg(coalesce(p.low, 0)), '{}')
    into members, keys, versions, lows
    from (select w.name, w.base, min(u.i)::int as first
            from unnest(p_keys, p_passes) with ordinality u(key, passes, i)
            join unnest(n.keys, n.bases) w(name, base) on w.name = u.key
           where not u.passes
           group by 1, 2 having count(*) = 1) y
    left join (select x.base, max(x.low) as low, max(x.version) filter (where x.number = 1) as version,
                      count(x.state) as held
                 from unnest(t.bases, t.numbers, t.versions, t.lows, t.states) x(base, number, version, low, state)
                group by 1) p on p.base = y.base
   where coalesce(p.held, 0) = 0 and not y.name = any (p_waited);
  foreach i in array members loop passes[i] := true; end loop;
  v_rest := array(select u.i::int from unnest(p_keys, passes) with ordinality u(key, passes, i) where not u.passes);
  for k in
    select y.name, y.base, y.items, coalesce(p.low, 0) as low, coalesce(p.live, 0) as live, coalesce(p.open, 0) as open,
           coalesce(p.numbers, '{}') as numbers, p.versions, coalesce(p.positions, '{}') as positions,
           coalesce(p.states, '{}') as states
      from (select w.name, w.base, array_agg(r.i order by r.i) as items
              from unnest(v_rest) r(i) join unnest(n.keys, n.bases) w(name, base) on w.name = p_keys[r.i]
             group by 1, 2) y
      left join (select x.base, max(x.low) as low, count(distinct x.job) filter (where x.state is not null) as live,
                        count(distinct x.job) filter (where x.state <> 'a') as open,
                        array_agg(x.number) as numbers, array_agg(x.version) as versions, array_agg(x.pos) as positions,
                        array_agg(x.state) as states
                   from unnest(t.bases, t.numbers, t.versions, t.jobs, t.positions, t.lows, t.states)
                          x(base, number, version, job, pos, low, state)
                  group by 1) p on p.base = y.base
     where cardinality(v_rest) > 0
  loop
    v_waits := k.name = any (p_waited) and exists (select from ${schema}.waiting_for(k.name, k.low, 1));
    v_live := k.live; v_open := k.open; v_states := k.states; v_after := 0; v_gated := false;
    v_left := (select count(*) from unnest(k.positions, v_states) p(pos, state)
                where p.state = 'a' and p.pos = any (p_positions[1:cardinality(p_passes)]));
    foreach i in array k.items loop
      -- Of a flood hardly one has to be looked at.
      if v_left = 0 and (v_waits or v_gated or v_live >= v_limit) then
        v_gated := true;
        exit;
      end if;
      h := array_position(k.positions, p_positions[i]);
      if h is not null and v_states[h] = 'a' then
        v_left := v_left - 1;
        if v_open < v_limit then                                                             -- K3
          passes[i] := true; v_states[h] := 'r'; v_open := v_open + 1;
          members := members || i; keys := keys || ${schema}.place_key(k.base, k.numbers[h]);  -- K7
          versions := versions || k.versions[h]; lows := lows || k.low;
        else
          v_states[h] := null; v_live := v_live - 1; v_gated := true;
        end if;
      elsif v_live < v_limit and not v_waits and not v_gated and not exists (                -- K5
              select from unnest(k.positions, v_states) p(pos, state)
               where p.state = 'a' and p.pos > p_positions[i] and p.pos >> 41 = p_lane) then
        v_after := ${schema}.free_place(v_after, k.numbers, v_states);
        h := array_position(k.numbers, v_after);
        members := members || i; keys := keys || ${schema}.place_key(k.base, v_after);
        versions := versions || coalesce(k.versions[h], 0); lows := lows || k.low;
        passes[i] := true; v_live := v_live + 1; v_open := v_open + 1;
      else
        v_gated := true;
      end if;
    end loop;
    if (v_waits or v_gated) and v_live < v_limit then ready := ready || k.name; end if;
  end loop;
end $awa$;

-- awa:each-child
create or replace function ${schema}.keys_at_${child}(p_positions bigint[]) returns text[]
language plpgsql as $awa$
begin
  return array(select j.extras ->> 'concurrency_key'
                 from unnest(p_positions) with ordinality u(pos, i) join ${schema}.jobs_${child} j on j.pos = u.pos order by u.i);
end $awa$;

-- Takes jobs that got no place out of their lane, whose ledger row of this transaction has passed them; answers their
-- entries. Numbers of entries ascend, and are their tickets (K4).
create or replace function ${schema}.put_aside_${child}(p_positions bigint[]) returns ${schema}.new_entry[]
language plpgsql as $awa$
declare
  v_rows ${schema}.new_entry[];
  v_ids bigint[] := array(select nextval(format('%I.entry_ids', ${schema_literal})::regclass) from unnest(p_positions));
begin
  if cardinality(p_positions) = 0 then return '{}'; end if;
  insert into ${schema}.marks_${child} (pos, why) select u, 'm' from unnest(p_positions) u;
  select array_agg(row(v_ids[u.i], coalesce(j.origin, j.pos), null, null, null, (j.pos >> 41)::int, j.kind, null, j.attempt,
           j.max_attempts, coalesce(j.key_states, (j.extras #>> '{unique,states}')::int), 'k', coalesce(j.key, (j.extras #>> '{unique,key}')::uuid), null, j.args,
           j.extras || jsonb_build_object('ticket', v_ids[u.i]))::${schema}.new_entry order by u.i)
    into v_rows
    from unnest(p_positions) with ordinality u(pos, i) join ${schema}.jobs_${child} j on j.pos = u.pos;
  return v_rows;
end $awa$;
-- awa:end

-- Gives free places of keys, 512 at most, to those who wait for them, and puts these at the end of their lanes; 512 at most,
-- for meanwhile nobody claims jobs of keys that share a lock with these. busy: somebody stood in the way, or there may be
-- more; call again. queues: which ones got jobs.
create or replace function ${schema}.grant_keys(p_keys text[], p_closer bigint,
  out granted int, out busy boolean, out queues text[])
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
declare
  k record; t record; w record; g record; o record; c record; v_most int; v_limit int; v_live int;
  v_after int; h int;
  v_stores int[] := '{}'; v_entries bigint[] := '{}'; v_keys uuid[] := '{}'; v_versions bigint[] := '{}';
  v_tickets bigint[] := '{}'; v_rows ${schema}.new_entry[] := '{}'; v_since timestamptz[] := '{}'; v_positions bigint[];
  v_timeout text; v_room int := 512;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'grant_keys needs READ COMMITTED' using errcode = '25001';
  end if;
  if cardinality(p_keys) > 512 then
    raise exception '% concurrency keys in one statement, at most 512', cardinality(p_keys) using errcode = '54000';
  end if;
  granted := 0; busy := false; queues := '{}';
  v_timeout := ${schema}.wait_briefly(500);
  begin
    perform ${schema}.lock_places(array(select ${schema}.places_of(u) from unnest(p_keys) u), true);
    select max(q.key_limit) into v_most from ${schema}.queues q;
    for k in select distinct u.name, ${schema}.places_of(u.name) as base from unnest(${schema}.keys_waited(p_keys)) u(name) loop
      select coalesce(array_agg(p.number), '{}') as numbers, array_agg(p.version) as versions,
             coalesce(array_agg(p.state), '{}') as states, coalesce(max(p.low), 0) as low,
             count(distinct p.job) filter (where p.state is not null) as live
        into t from ${schema}.places_held(array[k.base]) p;
      v_live := t.live; v_after := 0;
      continue when v_live >= v_most;
      for w in select * from ${schema}.waiting_for(k.name, t.low, least(v_most - v_live, v_room)) loop
        select q.key_limit into v_limit
          from ${schema}.lanes l join ${schema}.queues q on q.queue = l.queue where l.lane = w.lane;
        exit when v_live >= v_limit;                                                         -- K3, K4
        v_after := ${schema}.free_place(v_after, t.numbers, t.states);
        h := array_position(t.numbers, v_after);
        v_stores := v_stores || w.store; v_entries := v_entries || w.entry; v_tickets := v_tickets || w.ticket;
        v_keys := v_keys || ${schema}.place_key(k.base, v_after); v_versions := v_versions || coalesce(t.versions[h], 0);
        v_live := v_live + 1; v_room := v_room - 1;
      end loop;
      exit when v_room = 0;
    end loop;
    if cardinality(v_entries) > 0 then
      if cardinality(${schema}.end_entries(v_stores, v_entries, array(select 'p' from unnest(v_entries)), p_closer))
         < cardinality(v_entries) then
        raise exception using errcode = 'AWA02', message = 'an entry went elsewhere';
      end if;
-- awa:each-store
      if ${store} = any (v_stores) then
        c := ${schema}.copies_${store}(array(select u.entry from unnest(v_stores, v_entries) u(store, entry)
                                              where u.store = ${store}));
        v_rows := v_rows || c.rows; v_since := v_since || c.created;
      end if;
-- awa:end
      -- By ticket on both sides, not joined: without statistics that would be each with each.
      select array_agg(x.lane order by x.ticket) as lanes, array_agg(x.kind order by x.ticket) as kinds,
             array_agg(x.attempt order by x.ticket) as attempts, array_agg(x.max_attempts order by x.ticket) as max_attempts,
             array_agg(x.origin order by x.ticket) as jobs, array_agg(x.since order by x.ticket) as since,
             array_agg(x.args order by x.ticket) as args, array_agg(x.extras - 'ticket' order by x.ticket) as extras,
             array_agg(x.key order by x.ticket) as keys, array_agg(x.key_states order by x.ticket) as key_states
        into g
        from (select y.*, (y.extras ->> 'ticket')::bigint as ticket
                from unnest(v_rows, v_since) y(entry, origin, due_at, until, lease, lane, kind, worker, attempt, max_attempts,
                       key_states, state, key, callback, args, extras, since)) x;
      select array_agg(u.place order by u.ticket) as keys, array_agg(u.version order by u.ticket) as versions,
             array_agg(u.ticket order by u.ticket) as tickets
        into o from unnest(v_keys, v_versions, v_tickets) u(place, version, ticket);
      v_positions := ${schema}.restore(g.lanes, g.kinds, g.attempts, g.max_attempts, g.jobs, g.since, g.args, g.extras,
                                        g.keys, g.key_states);
      perform ${schema}.add_places(o.keys, o.versions, o.tickets, null, g.jobs, v_positions,
                                   current_setting(${schema}.guard_name())::bigint >> 8, null, null);
      granted := cardinality(v_entries);
      queues := array(select distinct q.name from unnest(g.lanes) u(lane) join ${schema}.lanes l on l.lane = u.lane
                        join ${schema}.queues q on q.queue = l.queue);
      busy := v_room = 0;
    end if;
  exception when lock_not_available or sqlstate 'AWA02' then
    granted := 0; busy := true; queues := '{}';
  end;
  perform set_config('lock_timeout', v_timeout, true);
end $awa$;

-- Looks at up to p_most keys behind p_after, in their order, and grants places of those for which somebody waits although one
-- is free. next: where to go on; null: that was all. waiting: for how many of them somebody waits. A pass that finds
-- nothing to grant writes nothing and locks no key.
create or replace function ${schema}.sweep_keys(p_after text, p_most int, p_closer bigint,
  out next text, out waiting int, out granted int, out busy boolean, out queues text[])
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set enable_sort = off set max_parallel_workers_per_gather = 0
as $awa$
declare
  w record; g record; v_key text := p_after; v_base uuid; v_found text[] := '{}'; v_seen int := 0;
begin
  waiting := 0; granted := 0; busy := false; queues := '{}';
  loop
    next := v_key;
    exit when v_seen >= p_most or cardinality(v_found) = 64;
    select y.key into v_key from (
      select null::text as key where false
-- awa:each-store
       union all
      (select e.extras ->> 'concurrency_key' from ${schema}.entries_${store} e
        where e.state = 'k' and e.extras ->> 'concurrency_key' > v_key order by e.extras ->> 'concurrency_key' limit 1)
-- awa:end
    ) y order by y.key limit 1;
    if not found then
      next := null;
      exit;
    end if;
    v_seen := v_seen + 1; v_base := ${schema}.places_of(v_key);
    select x.* into w
      from ${schema}.waiting_for(v_key, coalesce((select max(p.low) from ${schema}.places_taken(array[v_base]) p), 0), 1) x;
    continue when not found;
    waiting := waiting + 1;
    if (select count(distinct p.job) from ${schema}.places_held(array[v_base]) p where p.state is not null)
       < (select q.key_limit from ${schema}.lanes l join ${schema}.queues q on q.queue = l.queue where l.lane = w.lane) then
      v_found := v_found || v_key;
    end if;
  end loop;
  if cardinality(v_found) > 0 then
    g := ${schema}.grant_keys(v_found, p_closer);
    granted := g.granted; busy := g.busy; queues := g.queues;
  end if;
end $awa$;
