-- What health and gauges read: a few rows, whatever the backlog, and never behind somebody's lock. The caller's lock_timeout
-- bounds each wait; a refusal is caught here, so that it leaves no line in the server's log.
-- Locks nothing beyond the reads.

-- Which schema this is, and who leads its maintenance (null: nobody has yet). Reads no table that jobs go through.
create or replace function ${schema}.vitals(out version int, out epoch bigint, out leader text, out silent_ms bigint)
language sql stable as $awa$
  select (select max(h.version) from ${schema}.schema_history h), l.epoch, l.name, l.silent_ms
    from (values (1)) one(n) left join ${schema}.leader_state() l on true
$awa$;

-- How many jobs wait in each queue and for how long the oldest has, in microseconds (0: none waits). Queues that are
-- missing in the answer are unknown: after the first lock that is refused no other is asked for.
create or replace function ${schema}.figures(p_queues text[]) returns table (queue text, depth bigint, lag_us bigint)
language plpgsql as $awa$
declare
  v_queue text;
begin
  foreach v_queue in array p_queues loop
    return query
    select v_queue, coalesce(sum(d.depth), 0)::bigint,
           coalesce(max(greatest(0, (date_part('epoch', clock_timestamp()) * 1e6)::bigint - nullif(d.head_us, 0))), 0)
      from ${schema}.depth(v_queue) d;
  end loop;
exception when lock_not_available then
  return;
end $awa$;
