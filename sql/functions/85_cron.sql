-- Schedules: what is declared, and the one statement that turns fire times into jobs. Expressions are evaluated by
-- clients, from this database's clock; what they answer is believed only under the conditions of fire_schedule.
--
-- Invariants
--   T1  last_fire of a row only ascends: fire_schedule compares and sets it, resume_schedule raises it, put_schedule
--       leaves it alone. All times of a fire lie above the last_fire it was computed from and at or below the one it
--       sets, in the transaction that enqueues their jobs. So each fire time is enqueued once, by any number of leaders,
--       and not at all by a transaction that rolls back.
--   T2  A fire counts only for the declaration it was computed from: version is drawn from a sequence with every change,
--       and by a row that is made anew.
--   T3  Nothing fires from before the look-back: one minute before the expression or its zone was declared.
-- Lock order: the schedule's row, then what enqueue takes. Nothing takes a schedule's row behind a child.

-- Declares a schedule; repeating it changes nothing. A pause and last_fire stay whatever is changed.
create or replace function ${schema}.put_schedule(p_name text, p_cron text, p_zone text, p_policy text, p_lane int,
  p_kind int, p_max_attempts int, p_args text, p_extras text) returns text
language plpgsql as $awa$
declare
  v_same boolean;
begin
  loop
    select (s.cron, s.zone, s.policy, s.lane, s.kind, s.max_attempts::int, s.args::text, s.extras)
           is not distinct from (p_cron, p_zone, p_policy, p_lane, p_kind, p_max_attempts, p_args, p_extras::jsonb)
      into v_same from ${schema}.schedules s where s.name = p_name;
    if v_same then return 'Unchanged'; end if;
    if v_same is null then
      insert into ${schema}.schedules (name, cron, zone, policy, lane, kind, max_attempts, args, extras)
      values (p_name, p_cron, p_zone, p_policy, p_lane, p_kind, p_max_attempts, p_args::json, p_extras::jsonb)
          on conflict (name) do nothing;
      if found then return 'Created'; end if;
    else
      update ${schema}.schedules s
         set version = nextval(format('%I.schedule_versions', ${schema_literal})::regclass),
             since = case when (s.cron, s.zone) is distinct from (p_cron, p_zone) then clock_timestamp() else s.since end,
             cron = p_cron, zone = p_zone, policy = p_policy, lane = p_lane, kind = p_kind,
             max_attempts = p_max_attempts, args = p_args::json, extras = p_extras::jsonb
       where s.name = p_name;
      if found then return 'Changed'; end if;
    end if;
    -- Somebody else has made or removed it meanwhile: look again.
  end loop;
end $awa$;

-- The schedules that run, each with the time after which it may fire (T1, T3) and one clock for all.
create or replace function ${schema}.due_schedules() returns table (name text, version bigint, cron text, zone text,
  policy text, queue text, args_bytes int, last_fire timestamptz, after timestamptz, now timestamptz)
language sql volatile as $awa$
  select s.name, s.version, s.cron, s.zone, s.policy, q.name, octet_length(s.args::text), s.last_fire,
         greatest(s.last_fire, s.since - interval '1 minute'), t.now
    from (select clock_timestamp() as now) t
   cross join ${schema}.schedules s
    join ${schema}.lanes l on l.lane = s.lane
    join ${schema}.queues q on q.queue = l.queue
   where s.paused_at is null
   order by s.name
$awa$;

-- Enqueues a job for each of the times; answers their positions, in order. Null where the schedule is paused, gone, was
-- declared anew, or where somebody else has fired it since p_last_fire was read.
create or replace function ${schema}.fire_schedule(p_name text, p_version bigint, p_last_fire timestamptz,
  p_times timestamptz[], p_new_last_fire timestamptz) returns bigint[]
language plpgsql as $awa$
declare
  s record; v_n int := cardinality(p_times);
begin
  if p_new_last_fire <= p_last_fire or p_new_last_fire > clock_timestamp() or exists (
       select from unnest(p_times) u(at) where u.at is null or u.at <= p_last_fire or u.at > p_new_last_fire) then
    raise exception 'fire_schedule: times must ascend from % to %, and not lie ahead', p_last_fire, p_new_last_fire
      using errcode = '22023';
  end if;
  update ${schema}.schedules x set last_fire = p_new_last_fire
   where x.name = p_name and x.version = p_version and x.last_fire is not distinct from p_last_fire
     and x.paused_at is null
  returning x.lane, x.kind, x.max_attempts, x.args, x.extras into s;
  if not found then return null; end if;
  if v_n = 0 then return '{}'; end if;
  return ${schema}.enqueue(array[s.lane], array[s.kind], array[s.max_attempts::int],
    array_fill(s.args::text, array[v_n]),
    array(select ${schema}.cron_extras(s.extras, p_name, u.at, false)::text
            from unnest(p_times) with ordinality u(at, i) order by u.i));
end $awa$;

-- A job's extras: the schedule's own, with the name and the time among the metadata. These names win.
create or replace function ${schema}.cron_extras(p_extras jsonb, p_name text, p_at timestamptz, p_trigger boolean)
  returns jsonb
language sql immutable parallel safe as $awa$
  select coalesce(p_extras, '{}') || jsonb_build_object('meta', coalesce(p_extras -> 'meta', '{}') || jsonb_build_object(
           'cron_name', p_name,
           'cron_fire_time', to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
         || case when p_trigger then '{"cron_trigger": true}' else '{}' end::jsonb)
$awa$;

-- One job out of turn, paused or not; last_fire stays. Null where there is no such schedule. The row is kept from being
-- removed until this is committed, and from nothing else.
create or replace function ${schema}.trigger_schedule(p_name text, out queue text, out pos bigint)
language plpgsql as $awa$
declare
  s record;
begin
  select x.lane, x.kind, x.max_attempts, x.args, x.extras into s from ${schema}.schedules x
   where x.name = p_name for key share;
  if not found then return; end if;
  select q.name into queue from ${schema}.lanes l join ${schema}.queues q on q.queue = l.queue where l.lane = s.lane;
  pos := (${schema}.enqueue(array[s.lane], array[s.kind], array[s.max_attempts::int], array[s.args::text],
            array[${schema}.cron_extras(s.extras, p_name, clock_timestamp(), true)::text]))[1];
end $awa$;

create or replace function ${schema}.pause_schedule(p_name text, p_by text) returns boolean
language sql volatile as $awa$
  update ${schema}.schedules set paused_at = clock_timestamp(), paused_by = p_by
   where name = p_name and paused_at is null returning true
$awa$;

-- From now on: what came due meanwhile is skipped.
create or replace function ${schema}.resume_schedule(p_name text) returns boolean
language sql volatile as $awa$
  update ${schema}.schedules
     set paused_at = null, paused_by = null, last_fire = greatest(last_fire, clock_timestamp())
   where name = p_name and paused_at is not null returning true
$awa$;

create or replace function ${schema}.remove_schedule(p_name text) returns boolean
language sql volatile as $awa$
  delete from ${schema}.schedules where name = p_name returning true
$awa$;

-- The schedules whose names follow p_after, or the one of p_name.
create or replace function ${schema}.list_schedules(p_name text, p_after text, p_limit int) returns table (name text,
  cron text, zone text, policy text, queue text, priority int, kind text, max_attempts int, args text, extras text,
  created_at timestamptz, last_fire timestamptz, after timestamptz, paused_at timestamptz, paused_by text,
  now timestamptz)
language sql volatile as $awa$
  select s.name, s.cron, s.zone, s.policy, q.name, l.priority::int, k.name, s.max_attempts::int, s.args::text,
         s.extras::text, s.created_at, s.last_fire, greatest(s.last_fire, s.since - interval '1 minute'), s.paused_at,
         s.paused_by, clock_timestamp()
    from ${schema}.schedules s
    join ${schema}.lanes l on l.lane = s.lane
    join ${schema}.queues q on q.queue = l.queue
    join ${schema}.kinds k on k.kind = s.kind
   where (p_name is null or s.name = p_name) and (p_after is null or s.name > p_after)
   order by s.name limit p_limit
$awa$;
