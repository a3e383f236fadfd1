-- Enqueue: any isolation level, inside the caller's transaction; blocks no other producer.
--
-- Invariants
--   I1  A position's owner has an xid before it has the position: a claim's judge, assigned after the scan that missed
--       the position, is above that xid.
--   I2  Positions of segment v all lie below those of v + 1 in a lane: the pointer is read before and after nextval,
--       under the child's lock, and a rotation between the two reads throws the positions away (they become holes).
--   I3  The setting guard_name() is undone with the savepoint that took the child's lock, so where it is present the
--       lock is held. The statement trigger of jobs_k asks for it; COPY and ROLLBACK TO SAVEPOINT cannot slip by.
-- Lock order: child (ROW EXCLUSIVE, never refused for long: only seal and prune take stronger ones, NOWAIT).

create or replace function ${schema}.guard() returns trigger
language plpgsql as $awa$
declare
  v_held text := current_setting(${schema}.guard_name(), true);
begin
  if coalesce(v_held, '') = '' or (v_held::bigint & 255) <> tg_argv[0]::int then
    raise exception 'no position of this segment is held by this transaction'
      using errcode = '55000', hint = 'Reserve positions in the same transaction, and again after ROLLBACK TO SAVEPOINT.';
  end if;
  return null;
end $awa$;

-- awa:each-child
-- Made once: to replace it would ask for a lock that waits for every open producer, with all new ones waiting behind it.
do $guard$
begin
  if not exists (select from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
                   join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                  where t.tgname = 'guard' and c.relname = 'jobs_${child}' and n.nspname = ${schema_literal}) then
    create trigger guard before insert on ${schema}.jobs_${child}
      for each statement execute function ${schema}.guard('${child}');
  end if;
end $guard$;

create or replace function ${schema}.enter_${child}() returns void
language plpgsql as $awa$
begin
  lock table ${schema}.jobs_${child} in row exclusive mode;
end $awa$;

-- One element of an array serves all rows.
create or replace function ${schema}.put_${child}(p_positions bigint[], p_kinds int[], p_max_attempts int[], p_args text[],
  p_extras text[], p_keys uuid[], p_key_states int[]) returns void
language plpgsql as $awa$
declare
  v_now timestamptz := clock_timestamp();
begin
  insert into ${schema}.jobs_${child} (pos, available_at, kind, max_attempts, args, extras, key, key_states)
  select u.pos, v_now, coalesce(u.kind, p_kinds[1]), coalesce(u.max_attempts, p_max_attempts[1]), u.args::json,
         u.extras::jsonb, u.key, case when u.key is not null then u.states end
    from unnest(p_positions, p_kinds, p_max_attempts, p_args, p_extras, p_keys, p_key_states)
           u(pos, kind, max_attempts, args, extras, key, states)
   where u.pos is not null;
end $awa$;
-- awa:end

-- Takes n positions, each of p_lanes[i] (or all of p_lanes[1]), in one segment; the caller may then write their bodies
-- into jobs_<child>, in the same transaction, by INSERT or COPY. Positions of one lane ascend in array order.
create or replace function ${schema}.reserve(p_lanes int[], p_n int, out cell bigint, out positions bigint[])
language plpgsql as $awa$
declare
  v_now bigint; v_sequence regclass; v_base bigint; v_lanes int[] := p_lanes;
begin
  if cardinality(v_lanes) not in (1, p_n) then
    raise exception 'reserve: % lanes for % positions', cardinality(v_lanes), p_n using errcode = '22023';
  end if;
  perform pg_current_xact_id();                                                              -- I1
  if cardinality(v_lanes) = p_n and p_n > 1 and v_lanes[1] = all (v_lanes) then v_lanes := v_lanes[1:1]; end if;
  loop
    select s.last_value into cell from ${schema}.current_segment s;
    case cell & 255
-- awa:each-child
      when ${child} then perform ${schema}.enter_${child}();
-- awa:end
    end case;
    select s.last_value into v_now from ${schema}.current_segment s;
    continue when v_now <> cell;
    if cardinality(v_lanes) = 1 then
      v_sequence := ${schema}.lane_sequence(v_lanes[1]);
      v_base := v_lanes[1]::bigint << 41;
      if p_n = 1 then
        positions := array[v_base | nextval(v_sequence)];
      else
        select array_agg(v_base | nextval(v_sequence)) into positions from generate_series(1, p_n);
      end if;
    else
      select array_agg((u.lane::bigint << 41) | nextval(x.sequence) order by u.i) into positions
        from unnest(v_lanes) with ordinality u(lane, i)
        join (select d.lane, ${schema}.lane_sequence(d.lane) as sequence
                from (select distinct l.lane from unnest(v_lanes) l(lane)) d) x on x.lane = u.lane;
      -- The join may have called nextval in another order: give each lane's positions back in array order.
      select array_agg(b.pos order by a.i) into positions
        from (select u.lane, u.i, row_number() over (partition by u.lane order by u.i) as k
                from unnest(v_lanes) with ordinality u(lane, i)) a
        join (select p.pos, p.pos >> 41 as lane, row_number() over (partition by p.pos >> 41 order by p.pos) as k
                from unnest(positions) p(pos)) b on b.lane = a.lane and b.k = a.k;
    end if;
    select s.last_value into v_now from ${schema}.current_segment s;
    exit when v_now = cell;                                                                  -- I2
  end loop;
  perform set_config(${schema}.guard_name(), cell::text, true);                              -- I3
end $awa$;

-- Stores jobs and answers their positions, in order. Lanes, kinds and max_attempts may have one element for all. Keys stand
-- with a job for whoever takes it elsewhere; they were taken by somebody else (26_submit.sql).
create or replace function ${schema}.enqueue(p_lanes int[], p_kinds int[], p_max_attempts int[], p_args text[],
  p_extras text[], p_keys uuid[] default null, p_key_states int[] default null) returns bigint[]
language plpgsql as $awa$
declare
  v_cell bigint; v_positions bigint[];
begin
  select r.cell, r.positions into v_cell, v_positions from ${schema}.reserve(p_lanes, cardinality(p_args)) r;
  case v_cell & 255
-- awa:each-child
    when ${child} then
      perform ${schema}.put_${child}(v_positions, p_kinds, p_max_attempts, p_args, p_extras, p_keys, p_key_states);
-- awa:end
  end case;
  return v_positions;
end $awa$;
