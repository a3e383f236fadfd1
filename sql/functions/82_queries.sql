-- One job: as it stands, and what happened to it. Reads the job's own rows through their indexes, nothing else.
-- Locks nothing beyond those reads.

-- What is shown of a job's extras: with key and mask of a unique one, which stand beside them.
create or replace function ${schema}.shown(p_extras jsonb, p_key uuid, p_key_states int) returns text
language sql immutable as $awa$
  select (case when p_key is null then p_extras
               else coalesce(p_extras, '{}') || jsonb_build_object('unique', jsonb_build_object('key', p_key, 'states', p_key_states))
          end)::text
$awa$;

-- awa:each-store
create or replace function ${schema}.view_entries_${store}(p_entries bigint[]) returns setof ${schema}.job_view
language plpgsql as $awa$
begin
  return query
  select null, e.origin, ${schema}.state_name(case when x.outcome in ('c', 'g') then x.outcome else e.state end),
         q.name, l.priority::int, k.name, e.attempt::int, e.max_attempts::int, coalesce(e.due_at, e.created_at),
         case when e.state in ('s', 't', 'z', 'h', 'w') then e.due_at end,
         case when e.state = 'h' then e.created_at end,
         case when x.outcome in ('c', 'g') then x.at when e.state in ('f', 'd', 'x') then e.created_at end, e.worker,
         ${schema}.last_error(e.extras), e.extras ->> 'reason',
         coalesce(${schema}.progress_of_${store}(e.entry), e.extras -> 'progress')::text, e.args::text,
         ${schema}.shown(e.extras, e.key, e.key_states)
    from unnest(p_entries) with ordinality u(entry, i)
    join ${schema}.entries_${store} e on e.entry = u.entry
    left join ${schema}.endings_${store} x on x.entry = e.entry
    join ${schema}.lanes l on l.lane = e.lane join ${schema}.queues q on q.queue = l.queue
    join ${schema}.kinds k on k.kind = e.kind
   order by u.i;
end $awa$;
-- awa:end

-- awa:each-child
create or replace function ${schema}.view_jobs_${child}(p_positions bigint[]) returns setof ${schema}.job_view
language plpgsql as $awa$
begin
  return query
  select null, coalesce(j.origin, j.pos),
         case when m.why in ('x', 'g') then ${schema}.state_name(m.why)
              when f.outcome is not null then ${schema}.state_name(f.outcome::"char")
              when f.claimed_at is not null then 'running' else 'available' end,
         q.name, l.priority::int, k.name, j.attempt + case when f.claimed_at is null then 0 else 1 end, j.max_attempts::int,
         j.available_at, null::timestamptz, f.claimed_at, f.ended_at, f.worker, ${schema}.last_error(j.extras),
         case when m.why is not null then 'cancelled' end, (j.extras -> 'progress')::text, j.args::text,
         ${schema}.shown(j.extras, j.key, j.key_states)
    from unnest(p_positions) with ordinality u(pos, i)
    join ${schema}.jobs_${child} j on j.pos = u.pos
    left join ${schema}.marks_${child} m on m.pos = j.pos
   cross join lateral ${schema}.fate_${child}((j.pos >> 41)::int, j.pos) f
    join ${schema}.lanes l on l.lane = (j.pos >> 41)::int join ${schema}.queues q on q.queue = l.queue
    join ${schema}.kinds k on k.kind = j.kind
   order by u.i;
end $awa$;
-- awa:end

create or replace function ${schema}.view_entries(p_store int, p_entries bigint[]) returns setof ${schema}.job_view
language plpgsql as $awa$
begin
  case p_store
-- awa:each-store
    when ${store} then return query select * from ${schema}.view_entries_${store}(p_entries);
-- awa:end
  end case;
end $awa$;

create or replace function ${schema}.view_jobs(p_child int, p_positions bigint[]) returns setof ${schema}.job_view
language plpgsql as $awa$
begin
  case p_child
-- awa:each-child
    when ${child} then return query select * from ${schema}.view_jobs_${child}(p_positions);
-- awa:end
  end case;
end $awa$;

-- One job in any state; no row where it is unknown, deleted or forgotten.
-- Where it lives and what is there are two statements. A place that was live in the first and has ended in the second is
-- only half of the truth: the error, the reason and the delay are in the entry that followed. So it is looked for anew.
create or replace function ${schema}.job(p_id bigint) returns setof ${schema}.job_view
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off
as $awa$
declare
  p record; v ${schema}.job_view;
begin
  for i in 1 .. 5 loop
    p := ${schema}.place(p_id);
    if p.live is null or p.state in ('m', 'g') then return; end if;
    if p.entry is not null then
      select * into v from ${schema}.view_entries(p.store, array[p.entry]);
      exit when found and (not p.live or v.state <> 'purged');
    else
      select * into v from ${schema}.view_jobs(p.child, array[p.pos]);
      exit when found and (not p.live or v.state in ('available', 'completed') or v.state = 'running' and v.ended_at is null);
    end if;
  end loop;
  if v.state is not null then return next v; end if;
end $awa$;

-- What is still known of a job's life, oldest first: every place it had, every error, every report of progress.
-- event: scheduled, retrying, snoozed, held, waiting, failed, dead, cancelled (an entry was added); promoted, moved,
-- purged, completed (it ended); available, withdrawn, claimed, ended (a position); error; progress.
create or replace function ${schema}.timeline(p_id bigint) returns table (at timestamptz, event text, attempt int,
  worker int, detail text)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off
as $awa$
#variable_conflict use_column
declare
  e record; p record; v_errors jsonb; v record; v_events record;
  v_at timestamptz[] := '{}'; v_names text[] := '{}'; v_attempts int[] := '{}'; v_workers int[] := '{}'; v_details text[] := '{}';
begin
  for e in select * from ${schema}.entries_of(p_id) x where x.state <> 'i' loop
    v_at := v_at || e.created_at; v_attempts := v_attempts || e.attempt; v_workers := v_workers || e.worker;
    v_names := v_names || case e.state when 'h' then 'held' else ${schema}.state_name(e.state) end;
    v_details := v_details || case when e.state in ('s', 't', 'z', 'h', 'w') then to_char(e.due_at at time zone 'UTC',
                                'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') else e.extras ->> 'reason' end;
    if e.outcome in ('p', 'm', 'c', 'g') then
      v_at := v_at || e.ended_at; v_attempts := v_attempts || e.attempt; v_workers := v_workers || e.worker;
      v_names := v_names || case e.outcome when 'p' then case when e.state in ('s', 't', 'z', 'k') then 'promoted' else 'requeued' end
                                           when 'm' then 'moved' else ${schema}.state_name(e.outcome) end;
      v_details := v_details || null::text;
    end if;
    v_errors := coalesce(e.extras -> 'errors', v_errors);
    case e.store
-- awa:each-store
      when ${store} then
        for v in select y.at, y.body from ${schema}.progress_${store} y where y.entry = e.entry order by y.seq desc limit 100 loop
          v_at := v_at || v.at; v_names := v_names || 'progress'::text; v_attempts := v_attempts || e.attempt;
          v_workers := v_workers || e.worker; v_details := v_details || v.body::text;
        end loop;
-- awa:end
    end case;
  end loop;
  for p in select * from ${schema}.positions_of(p_id) x loop
    v_at := v_at || p.available_at; v_names := v_names || 'available'::text; v_attempts := v_attempts || null::int;
    v_workers := v_workers || null::int; v_details := v_details || p.pos::text;
    if p.marked is not null then
      v_at := v_at || null::timestamptz; v_names := v_names || 'withdrawn'::text; v_attempts := v_attempts || null::int;
      v_workers := v_workers || null::int;
      v_details := v_details || case when p.marked in ('x', 'p') then 'cancelled' when p.marked = 'g' then 'deleted' else 'moved' end;
    elsif p.claimed_at is not null then
      v_at := v_at || p.claimed_at; v_names := v_names || 'claimed'::text; v_attempts := v_attempts || null::int;
      v_workers := v_workers || p.worker; v_details := v_details || null::text;
      if p.outcome is not null then
        v_at := v_at || p.ended_at; v_names := v_names || 'ended'::text; v_attempts := v_attempts || null::int;
        v_workers := v_workers || p.worker;
        v_details := v_details || case p.outcome when 'h' then 'held' else ${schema}.state_name(p.outcome::"char") end;
      end if;
    end if;
  end loop;
  -- Each later entry carries all earlier errors; a job that came back carries them in its row.
  v_errors := coalesce((select j.extras::jsonb -> 'errors' from ${schema}.job(p_id) j), v_errors, '[]');
  return query
  select y.at, y.event, y.attempt, y.worker, y.detail from (
    select u.at, u.event, u.attempt, u.worker, u.detail, u.i
      from unnest(v_at, v_names, v_attempts, v_workers, v_details) with ordinality u(at, event, attempt, worker, detail, i)
     union all
    select (x.error ->> 'at')::timestamptz, 'error', (x.error ->> 'attempt')::int, null,
           concat_ws(': ', x.error ->> 'class', x.error ->> 'message'), 0
      from jsonb_array_elements(v_errors) x(error)) y
   order by y.at nulls last, y.i;
end $awa$;
