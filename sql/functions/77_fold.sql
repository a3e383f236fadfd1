-- How many attempts ended, by queue and outcome: read once from a child that is finished, before it is truncated. Those of
-- children that are not finished are not in it yet.
--
-- Invariants
--   F1  A finished child's closures and endings do not change any more (I13, S11), and its numbers are set once, in its own
--       row: whoever folds it, and however often, it counts once.
--   F2  Numbers are merged under the locks of all rows they come from, in one statement: in any snapshot each child counts
--       once.
-- Outcomes are those of closures and endings: c completed, t retried, z snoozed, f failed, d dead letter, x cancelled,
-- h held, w parked. An attempt that is held or parked ends once more in the store.
-- Lock order: the child's row, then rows of those that are gone, ascending.

-- awa:each-child
create or replace function ${schema}.count_ended_${child}() returns table (lane int, outcome "char", n bigint)
language sql stable as $awa$
  select z.lane, o.c::"char",
         sum(case when length(z.outcomes) > 1 then length(z.outcomes) - length(replace(z.outcomes, o.c, ''))
                  when z.outcomes = o.c then bit_count(z.members) else 0 end)::bigint
    from ${schema}.closures_${child} z cross join unnest(string_to_array('c,t,z,f,d,x,h,w', ',')) o(c)
   group by 1, 2
$awa$;
-- awa:end

-- awa:each-store
create or replace function ${schema}.count_settled_${store}() returns table (lane int, outcome "char", n bigint)
language sql stable as $awa$
  select e.lane, x.outcome, count(*)
    from ${schema}.endings_${store} x join ${schema}.entries_${store} e on e.entry = x.entry
   where e.state in ('h', 'w') and x.outcome in ('c', 't', 'z', 'f', 'd', 'x') group by 1, 2
$awa$;
-- awa:end

create or replace function ${schema}.count_child(p_ring "char", p_child int)
returns table (lane int, outcome "char", n bigint)
language plpgsql as $awa$
begin
  if p_ring = 'g' then
    case p_child
-- awa:each-child
      when ${child} then return query select * from ${schema}.count_ended_${child}();
-- awa:end
    end case;
  else
    case p_child
-- awa:each-store
      when ${store} then return query select * from ${schema}.count_settled_${store}();
-- awa:end
    end case;
  end if;
end $awa$;

-- Folds a finished child; answers how many ends it has, null where it is not finished, or folded already.
create or replace function ${schema}.fold(p_ring "char", p_number bigint) returns bigint
language plpgsql as $awa$
declare
  v_child int; v record; v_done int;
begin
  if p_ring = 'g' then
    select g.child into v_child from ${schema}.generations g where g.segment = p_number
       and g.finished_at is not null and g.reclaimed_at is null and g.ended_counts is null;
  else
    select s.child into v_child from ${schema}.stores s where s.store = p_number
       and s.finished_at is not null and s.reclaimed_at is null and s.ended_counts is null;
  end if;
  if not found then return null; end if;
  select coalesce(array_agg(y.queue), '{}') as queues, coalesce(array_agg(y.outcome), '{}') as outcomes,
         coalesce(array_agg(y.n), '{}') as counts, coalesce(sum(y.n), 0)::bigint as total
    into v
    from (select l.queue, c.outcome, sum(c.n)::bigint as n
            from ${schema}.count_child(p_ring, v_child) c join ${schema}.lanes l on l.lane = c.lane
           where c.n > 0 group by 1, 2 order by 1, 2) y;
  if p_ring = 'g' then
    update ${schema}.generations set ended_queues = v.queues, ended_outcomes = v.outcomes, ended_counts = v.counts
     where segment = p_number and ended_counts is null and reclaimed_at is null;
  else
    update ${schema}.stores set ended_queues = v.queues, ended_outcomes = v.outcomes, ended_counts = v.counts
     where store = p_number and ended_counts is null and reclaimed_at is null;
  end if;
  get diagnostics v_done = row_count;
  if v_done = 0 then return null; end if;
  perform ${schema}.merge_ended(p_ring);
  return v.total;
end $awa$;

-- Merges the numbers of children that are gone into the newest of these, once there are so many: what is read to sum up
-- stays short, and one row dies for each child that comes and goes.
create or replace function ${schema}.merge_ended(p_ring "char", p_most int default 64) returns int
language plpgsql as $awa$
declare
  v_table text := case p_ring when 'g' then 'generations' else 'stores' end;
  v_key text := case p_ring when 'g' then 'segment' else 'store' end;
  v_numbers bigint[];
begin
  execute format('select array(select x.%2$I from %1$I.%3$I x where x.ended_counts is not null and x.reclaimed_at is not null'
              || ' order by 1)', ${schema_literal}, v_key, v_table) into v_numbers;
  if cardinality(v_numbers) < p_most then return 0; end if;
  execute format('select from %1$I.%3$I x where x.%2$I = any ($1) order by x.%2$I for update',
                 ${schema_literal}, v_key, v_table) using v_numbers;
  -- A statement of its own, which sees what a former holder of these locks has merged.
  execute format('
    with summed as (
      select u.queue, u.outcome, sum(u.n)::bigint as n
        from %1$I.%3$I x, unnest(x.ended_queues, x.ended_outcomes, x.ended_counts) u(queue, outcome, n)
       where x.%2$I = any ($1) and x.ended_counts is not null group by 1, 2),
    merged as (
      select coalesce(array_agg(s.queue order by s.queue, s.outcome), ''{}'') as queues,
             coalesce(array_agg(s.outcome order by s.queue, s.outcome), ''{}'') as outcomes,
             coalesce(array_agg(s.n order by s.queue, s.outcome), ''{}'') as counts from summed s)
    update %1$I.%3$I x
       set ended_queues = case when x.%2$I = $2 then m.queues end, ended_outcomes = case when x.%2$I = $2 then m.outcomes end,
           ended_counts = case when x.%2$I = $2 then m.counts end
      from merged m where x.%2$I = any ($1) and (x.%2$I = $2 or x.ended_counts is not null)',
    ${schema_literal}, v_key, v_table) using v_numbers, v_numbers[cardinality(v_numbers)];
  return cardinality(v_numbers);
end $awa$;

-- All ends of children that finished since the schema was made, by queue and outcome.
create or replace function ${schema}.ended_totals() returns table (queue text, outcome "char", n bigint)
language sql stable as $awa$
  select q.name, u.outcome, sum(u.n)::bigint
    from (select g.ended_queues, g.ended_outcomes, g.ended_counts from ${schema}.generations g
           where g.ended_counts is not null
           union all
          select s.ended_queues, s.ended_outcomes, s.ended_counts from ${schema}.stores s
           where s.ended_counts is not null) d
   cross join unnest(d.ended_queues, d.ended_outcomes, d.ended_counts) u(queue, outcome, n)
    join ${schema}.queues q on q.queue = u.queue group by 1, 2 order by 1, 2
$awa$;
