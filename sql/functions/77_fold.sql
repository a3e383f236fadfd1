-- How many attempts ended, by queue and outcome: read once from a child that is finished, before it is truncated. Those of
-- children that are not finished are not in it yet.
--
-- Invariants
--   F1  A finished child's closures and endings do not change any more (I13, S11), and its row in `ended` has the ring and
--       number as its key: whoever folds it, and however often, it counts once.
--   F2  Rows are merged in one statement under the lock of the row they go to, so in any snapshot each child counts once.
-- Outcomes are those of closures and endings: c completed, t retried, z snoozed, f failed, d dead letter, x cancelled,
-- h held, w parked. An attempt that is held or parked ends once more in the store.

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

-- Folds a finished child; answers how many ends it has, null where it is not finished or folded already.
create or replace function ${schema}.fold(p_ring "char", p_number bigint) returns bigint
language plpgsql as $awa$
declare
  v_child int; v record; v_n bigint;
begin
  if p_ring = 'g' then
    select g.child into v_child from ${schema}.generations g
     where g.segment = p_number and g.finished_at is not null and g.reclaimed_at is null;
  else
    select s.child into v_child from ${schema}.stores s
     where s.store = p_number and s.finished_at is not null and s.reclaimed_at is null;
  end if;
  if not found or exists (select from ${schema}.ended d where d.ring = p_ring and d.number = p_number) then return null; end if;
  select array_agg(y.queue) as queues, array_agg(y.outcome) as outcomes, array_agg(y.n) as counts, sum(y.n)::bigint as total
    into v
    from (select l.queue, c.outcome, sum(c.n)::bigint as n
            from ${schema}.count_child(p_ring, v_child) c join ${schema}.lanes l on l.lane = c.lane
           where c.n > 0 group by 1, 2 order by 1, 2) y;
  insert into ${schema}.ended (ring, number, queues, outcomes, counts)
  values (p_ring, p_number, coalesce(v.queues, '{}'), coalesce(v.outcomes, '{}'), coalesce(v.counts, '{}'))
      on conflict do nothing;
  if not found then return null; end if;
  perform ${schema}.merge_ended(p_ring);
  return coalesce(v.total, 0);
end $awa$;

-- Merges rows of children that are gone into row 0, once there are 64: so a row dies for each child that comes and goes.
create or replace function ${schema}.merge_ended(p_ring "char", p_most int default 64) returns int
language plpgsql as $awa$
declare
  v_numbers bigint[]; v_done int;
begin
  v_numbers := array(select d.number from ${schema}.ended d
                      where d.ring = p_ring and d.number > 0
                        and not exists (select from ${schema}.generations g
                                         where p_ring = 'g' and g.segment = d.number and g.reclaimed_at is null)
                        and not exists (select from ${schema}.stores s
                                         where p_ring = 's' and s.store = d.number and s.reclaimed_at is null)
                      order by d.number);
  if cardinality(v_numbers) < p_most then return 0; end if;
  insert into ${schema}.ended (ring, number, queues, outcomes, counts) values (p_ring, 0, '{}', '{}', '{}') on conflict do nothing;
  perform from ${schema}.ended d where d.ring = p_ring and d.number = 0 for update;
  -- A statement of its own, which sees what the former holder of that lock has merged.
  with gone as (
    delete from ${schema}.ended d where d.ring = p_ring and d.number = any (v_numbers) returning d.queues, d.outcomes, d.counts),
  summed as (
    select u.queue, u.outcome, sum(u.n)::bigint as n
      from (select queues, outcomes, counts from gone
             union all
            select d.queues, d.outcomes, d.counts from ${schema}.ended d where d.ring = p_ring and d.number = 0) y,
           unnest(y.queues, y.outcomes, y.counts) u(queue, outcome, n) group by 1, 2)
  update ${schema}.ended d
     set queues = s.queues, outcomes = s.outcomes, counts = s.counts
    from (select coalesce(array_agg(x.queue order by x.queue, x.outcome), '{}') as queues,
                 coalesce(array_agg(x.outcome order by x.queue, x.outcome), '{}') as outcomes,
                 coalesce(array_agg(x.n order by x.queue, x.outcome), '{}') as counts from summed x) s
   where d.ring = p_ring and d.number = 0 and exists (select from gone);
  get diagnostics v_done = row_count;
  return case when v_done > 0 then cardinality(v_numbers) else 0 end;
end $awa$;

-- All ends of children that finished since the schema was made, by queue and outcome.
create or replace function ${schema}.ended_totals() returns table (queue text, outcome "char", n bigint)
language sql stable as $awa$
  select q.name, u.outcome, sum(u.n)::bigint
    from ${schema}.ended d cross join unnest(d.queues, d.outcomes, d.counts) u(queue, outcome, n)
    join ${schema}.queues q on q.queue = u.queue group by 1, 2 order by 1, 2
$awa$;
