-- Jobs that come back from the store into a lane: promoted when they are due, or retried by an operator. They get new
-- positions at the lane's end and keep their id in `origin`. Invariants and lock order are those of enqueue.

-- awa:each-child
create or replace function ${schema}.restore_${child}(p_positions bigint[], p_kinds int[], p_attempts int[],
  p_max_attempts int[], p_origins bigint[], p_available timestamptz[], p_args json[], p_extras jsonb[], p_keys uuid[],
  p_key_states int[]) returns void
language plpgsql as $awa$
begin
  insert into ${schema}.jobs_${child} (pos, available_at, kind, attempt, max_attempts, origin, args, extras, key, key_states)
  select u.pos, u.available, u.kind, u.attempt, u.max_attempts, u.origin, u.args, u.extras, u.key,
         case when u.key is not null then u.states end
    from unnest(p_positions, p_available, p_kinds, p_attempts, p_max_attempts, p_origins, p_args, p_extras, p_keys,
                p_key_states)
           u(pos, available, kind, attempt, max_attempts, origin, args, extras, key, states);
end $awa$;
-- awa:end

-- Answers the new positions, in order.
create or replace function ${schema}.restore(p_lanes int[], p_kinds int[], p_attempts int[], p_max_attempts int[],
  p_origins bigint[], p_available timestamptz[], p_args json[], p_extras jsonb[], p_keys uuid[] default null,
  p_key_states int[] default null) returns bigint[]
language plpgsql as $awa$
declare
  v_cell bigint; v_positions bigint[];
begin
  if coalesce(cardinality(p_lanes), 0) = 0 then return '{}'; end if;
  select r.cell, r.positions into v_cell, v_positions from ${schema}.reserve(p_lanes, cardinality(p_lanes)) r;
  case v_cell & 255
-- awa:each-child
    when ${child} then
      perform ${schema}.restore_${child}(v_positions, p_kinds, p_attempts, p_max_attempts, p_origins, p_available, p_args,
                                         p_extras, p_keys, p_key_states);
-- awa:end
  end case;
  return v_positions;
end $awa$;
