-- Actions of operators on jobs by id: cancel, retry, delete, move, and to and from the dead letters. Any number of jobs at
-- once, in a short READ COMMITTED transaction of its own.
--
-- Invariants
--   A4  Of an action and whatever competes with it exactly one ends the job's place (A2). Who loses is answered `again` and
--       belongs into a NEW transaction, where the job is looked for anew (as I9).
--   A5  The evidence of an end is never removed: a job that comes back gets a new place, and its old ones stay ended.
-- Lock order: that of 64_targets.sql.

-- p_op, and the states it may start from: cancel, retry, delete, move, bury (failed to dead letter), exhume (back).
-- p_options: reason (cancel, bury), queue and priority (retry, move), delay_ms or run_at (retry); from: fewer states.
-- result: done, with the state the job was in; refused, with the state that refuses; duplicate, with the job that holds
-- the unique key; there, where a move would change nothing; unknown; again. p_resent: the same call was sent before
-- and its answer lost.
create or replace function ${schema}.act(p_op text, p_ids bigint[], p_options jsonb, p_closer bigint, p_resent boolean)
returns table (id bigint, result text, state text, other bigint)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
#variable_conflict use_column
declare
  v ${schema}.target[];
  v_from text := case p_op when 'cancel' then 'arhstzwk' when 'retry' then 'stzwfdx' when 'delete' then 'astzwfdxk'
                           when 'move' then 'astzwfdk' when 'bury' then 'f' when 'exhume' then 'd' end;
  v_why "char" := case p_op when 'cancel' then 'x'
                            when 'retry' then case when p_options ? 'delay_ms' or p_options ? 'run_at' then 'm' else 'p' end
                            when 'delete' then 'g' when 'move' then 'm'
                            when 'bury' then 'd' when 'exhume' then 'f' end;
  v_reason text := p_options ->> 'reason';
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'actions need READ COMMITTED' using errcode = '25001';
  end if;
  if v_from is null then raise exception 'no such action: %', p_op using errcode = '22023'; end if;
  v := ${schema}.targets(p_ids, coalesce(p_options ->> 'from', v_from));
  for i in 1 .. coalesce(cardinality(v), 0) loop
    if p_resent and ${schema}.acted(v[i].id, p_closer) then v[i].result := 'done';
    -- Nothing is removed from a segment: what ended there goes with it.
    elsif p_op = 'delete' and v[i].state = 'x' and v[i].entry is null then v[i].result := 'refused';
    end if;
  end loop;
  if p_options ? 'queue' or p_options ? 'priority' then v := ${schema}.aim(v, p_options, p_op = 'move'); end if;
  if p_op = 'retry' then
    v := ${schema}.with_keys(${schema}.with_copies(v), 1023);
  elsif p_op in ('bury', 'exhume') then
    v := ${schema}.with_keys(${schema}.with_copies(v), case p_op when 'bury' then 128 else 64 end);
  elsif p_op = 'move' or p_op = 'cancel' and v_reason is not null then
    v := ${schema}.with_copies(v);
  end if;
  -- The mark of a job that was cancelled without a reason is all there is of it.
  v := ${schema}.take_out(v, v_why, case when p_op = 'delete' then 'g' when p_op = 'cancel' and v_reason is null then 'x'
                                         else 'm' end::"char",
                          jsonb_build_object('reason', coalesce(v_reason, 'cancelled'))::text, p_closer);
  case p_op
    when 'cancel' then perform ${schema}.cancelled(v, v_reason);
    when 'retry' then perform ${schema}.retried(v, p_options);
    when 'move' then perform ${schema}.moved(v);
    when 'bury' then
      perform ${schema}.follow(array(select t.store from unnest(v) t where t.result = 'did'),
        array(select t.entry from unnest(v) t where t.result = 'did'),
        array(select 'd' from unnest(v) t where t.result = 'did'), null,
        array(select jsonb_build_object('reason', coalesce(v_reason, 'manual'))::text from unnest(v) t where t.result = 'did'),
        null);
    when 'exhume' then perform ${schema}.exhumed(v);
    when 'delete' then
      perform pg_notify(${schema}.channel(), format(E'\x01cancel %s 0 %s', t.worker, t.lease))
         from unnest(v) t where t.result = 'did' and t.lease is not null;
  end case;
  return query
  select t.id, case when t.result = 'did' then 'done' else t.result end, ${schema}.place_name(t.state), t.other
    from unnest(v) t;
end $awa$;

create or replace function ${schema}.place_name(p_state "char") returns text
language sql immutable as $awa$
  select case p_state when 'a' then 'available' when 'r' then 'running' else ${schema}.state_name(p_state) end
$awa$;

-- Sets the lane each target is to go to. Lanes that are missing are made here: nobody waits long for this transaction.
create or replace function ${schema}.aim(p_targets ${schema}.target[], p_options jsonb, p_move boolean)
returns ${schema}.target[]
language plpgsql as $awa$
declare
  v ${schema}.target[] := p_targets; l record; v_lane int;
begin
  for l in select distinct x.lane, q.name, x.priority from unnest(p_targets) t join ${schema}.lanes x on x.lane = t.lane
             join ${schema}.queues q on q.queue = x.queue where t.result is null order by x.lane loop
    v_lane := (${schema}.ensure_lane(coalesce(p_options ->> 'queue', l.name),
                                     coalesce((p_options ->> 'priority')::int, l.priority))).lane;
    for i in 1 .. cardinality(v) loop
      if v[i].lane = l.lane then
        v[i].goal := v_lane;
        -- To go where it stands would cost it its place.
        if p_move and v_lane = l.lane and v[i].result is null then v[i].result := 'there'; end if;
      end if;
    end loop;
  end loop;
  return v;
end $awa$;

create or replace function ${schema}.with_copies(p_targets ${schema}.target[]) returns ${schema}.target[]
language plpgsql as $awa$
declare
  v ${schema}.target[] := p_targets; c record;
begin
  for c in select u.i, y.body from ${schema}.copies(array(select t from unnest(p_targets) t where t.result is null)) y
             join (select (x).id, row_number() over () as i from unnest(p_targets) x) u on u.id = y.id loop
    v[c.i].body := c.body;
  end loop;
  return v;
end $awa$;

-- Takes the unique keys of jobs that come back, in the order of their locks; of two with one key the first one may.
-- Only keys that are
-- held in one of p_states are asked for. What is due later or stays where it is keeps what it has.
create or replace function ${schema}.with_keys(p_targets ${schema}.target[], p_states int) returns ${schema}.target[]
language plpgsql as $awa$
declare
  v ${schema}.target[] := p_targets; k record; v_key uuid; v_first bigint; v_holder bigint;
begin
  for k in select u.i, u.id, (u.body).key as key, (u.body).key_states as states
             from (select (x).id, (x).body, (x).state, (x).result, row_number() over () as i from unnest(p_targets) x) u
            where u.result is null and u.state not in ('s', 't', 'z') and (u.body).key is not null
              and (u.body).key_states & p_states <> 0
            order by ${schema}.key_lock((u.body).key), (u.body).key, u.id loop
    if k.key = v_key then
      v_holder := v_first;
    else
      v_holder := ${schema}.take_key(k.key, k.states, k.id);
      v_key := k.key; v_first := coalesce(v_holder, k.id);
    end if;
    if v_holder <> k.id then
      v[k.i].result := 'duplicate'; v[k.i].other := v_holder;
    end if;
  end loop;
  return v;
end $awa$;

-- What follows a cancel: an entry that keeps the reason, and a word to the worker that runs the job.
create or replace function ${schema}.cancelled(p_targets ${schema}.target[], p_reason text) returns void
language plpgsql as $awa$
declare
  t ${schema}.target; v_rows ${schema}.new_entry[] := '{}'; v_row ${schema}.new_entry;
  v_detail jsonb := jsonb_build_object('reason', coalesce(p_reason, 'cancelled'));
begin
  foreach t in array p_targets loop
    continue when t.result <> 'did';
    if t.state = 'a' and p_reason is not null then
      v_row := t.body;
      v_row.state := 'x'; v_row.due_at := null;
      v_row.until := (select ${schema}.kept_until(l.queue, 'x') from ${schema}.lanes l where l.lane = t.lane);
      v_row.extras := ${schema}.with_detail(v_row.extras, v_detail, v_row.attempt);
      v_rows := v_rows || v_row;
    elsif t.state = 'r' then
      perform pg_notify(${schema}.channel(), format(E'\x01cancel %s %s %s', t.worker, t.nonce, t.ordinal));
    elsif t.lease is not null then
      perform pg_notify(${schema}.channel(), format(E'\x01cancel %s 0 %s', t.worker, t.lease));
    end if;
  end loop;
  perform ${schema}.await_progress(array(select x.store from unnest(p_targets) x where x.result = 'did' and x.state = 'h'));
  perform ${schema}.add_entries(v_rows);
  perform ${schema}.follow(array(select x.store from unnest(p_targets) x where x.result = 'did' and x.entry is not null),
    array(select x.entry from unnest(p_targets) x where x.result = 'did' and x.entry is not null),
    array(select 'x' from unnest(p_targets) x where x.result = 'did' and x.entry is not null), null,
    array(select v_detail::text from unnest(p_targets) x where x.result = 'did' and x.entry is not null), null);
end $awa$;

-- What was scheduled, retrying or snoozed is due now. All others begin anew, at once or as scheduled; errors stay.
create or replace function ${schema}.retried(p_targets ${schema}.target[], p_options jsonb) returns void
language plpgsql as $awa$
declare
  t ${schema}.target; v_rows ${schema}.new_entry[] := '{}'; v_back ${schema}.new_entry[] := '{}'; v_row ${schema}.new_entry;
  v_due timestamptz := coalesce((p_options ->> 'run_at')::timestamptz,
                                clock_timestamp() + make_interval(secs => (p_options ->> 'delay_ms')::bigint / 1000.0));
begin
  foreach t in array p_targets loop
    continue when t.result <> 'did';
    v_row := t.body;
    v_row.lane := t.goal;
    if t.state in ('s', 't', 'z') then
      v_row.due_at := coalesce(v_due, clock_timestamp());
      v_rows := v_rows || v_row;
      continue;
    end if;
    v_row.attempt := 0; v_row.lease := null; v_row.worker := null; v_row.callback := null; v_row.until := null;
    v_row.extras := nullif(v_row.extras - 'reason' - 'callback', '{}');
    v_row.due_at := coalesce(v_due, clock_timestamp());
    if v_due is not null then
      v_row.state := 's';
      v_rows := v_rows || v_row;
    else
      v_back := v_back || v_row;
    end if;
    if t.lease is not null then
      perform pg_notify(${schema}.channel(), format(E'\x01cancel %s 0 %s', t.worker, t.lease));
    end if;
  end loop;
  perform ${schema}.add_entries(v_rows);
  perform ${schema}.put_back(v_back);
end $awa$;

create or replace function ${schema}.moved(p_targets ${schema}.target[]) returns void
language plpgsql as $awa$
declare
  t ${schema}.target; v_rows ${schema}.new_entry[] := '{}'; v_back ${schema}.new_entry[] := '{}'; v_row ${schema}.new_entry;
begin
  foreach t in array p_targets loop
    continue when t.result <> 'did';
    v_row := t.body;
    v_row.lane := t.goal;
    if t.state = 'a' then v_back := v_back || v_row; else v_rows := v_rows || v_row; end if;
  end loop;
  perform ${schema}.add_entries(v_rows);
  perform ${schema}.put_back(v_back);
end $awa$;

-- A dead letter becomes a failed job again, whatever its queue does with those.
create or replace function ${schema}.exhumed(p_targets ${schema}.target[]) returns void
language plpgsql as $awa$
declare
  t ${schema}.target; v_rows ${schema}.new_entry[] := '{}'; v_row ${schema}.new_entry;
begin
  foreach t in array p_targets loop
    continue when t.result <> 'did';
    v_row := t.body;
    v_row.state := 'f';
    v_row.until := (select ${schema}.kept_until(l.queue, 'f') from ${schema}.lanes l where l.lane = t.lane);
    v_rows := v_rows || v_row;
  end loop;
  perform ${schema}.add_entries(v_rows);
end $awa$;

-- Rows back into lanes, lanes ascending; due_at says since when they are available. Wakes their queues.
create or replace function ${schema}.put_back(p_rows ${schema}.new_entry[]) returns void
language plpgsql as $awa$
declare
  v record;
begin
  if coalesce(cardinality(p_rows), 0) = 0 then return; end if;
  select array_agg(r.lane) as lanes, array_agg(r.kind) as kinds, array_agg(r.attempt) as attempts,
         array_agg(r.max_attempts) as max_attempts, array_agg(r.origin) as origins, array_agg(r.due_at) as available,
         array_agg(r.args) as args, array_agg(r.extras) as extras, array_agg(r.key) as keys,
         array_agg(r.key_states) as key_states
    into v from (select x.* from unnest(p_rows) with ordinality x(entry, origin, due_at, until, lease, lane, kind, worker,
                   attempt, max_attempts, key_states, state, key, callback, args, extras, i) order by x.lane, x.i) r;
  perform ${schema}.restore(v.lanes, v.kinds, v.attempts, v.max_attempts, v.origins, v.available, v.args, v.extras, v.keys,
                            v.key_states);
  perform pg_notify(${schema}.channel(), q.name)
     from (select distinct a.queue from unnest(v.lanes) u(lane) join ${schema}.lanes a on a.lane = u.lane) y
     join ${schema}.queues q on q.queue = y.queue;
end $awa$;
