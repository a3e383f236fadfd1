-- What running workers ask for now and then: settings that change while they run, and tokens of rate limits that all
-- processes share.
--
-- A limit's cell is the sequence rate_<queue>: the time, in ns since 1970, up to which its tokens are spent. A token is
-- worth 1 / rate; what lies between the cell and now is what there is, and burst tokens at most. A sequence has no versions
-- of rows, so taking tokens some times a second leaves nothing to vacuum, however long other transactions run; and a
-- transaction that fails has spent its tokens, which is safe.
--
-- Invariants
--   R1  The cell is read and moved under the queue's advisory lock, held to the end of the transaction.
--   R2  In any time t at most burst + rate * t tokens are taken, less those that are brought back.
--   R3  The cell never lies in the future: a clock that was set back costs the tokens there were, and no standstill.
-- Lock order: advisory locks (schema, -1000 - queue), queues ascending.

create or replace function ${schema}.live_settings(p_queues int[])
returns table (queue int, workers int, rate double precision, rate_burst int, rate_fleet boolean)
language sql stable as $awa$
  select q.queue, q.workers, q.rate, q.rate_burst, q.rate_fleet from ${schema}.queues q where q.queue = any (p_queues)
$awa$;

-- Takes up to p_wants[i] tokens of each queue's limit, or brings back so many where it is negative. granted: how many were
-- taken; next_us: when there is one more, from now, where there were fewer than wanted. One row a queue, none twice.
create or replace function ${schema}.lease_tokens(p_queues int[], p_rates double precision[], p_bursts int[], p_wants int[])
returns table (queue int, granted int, next_us bigint)
language plpgsql as $awa$
declare
  r record; v_cell regclass; v_now bigint; v_each bigint; v_spent bigint;
begin
  for r in select * from unnest(p_queues, p_rates, p_bursts, p_wants) as u(queue, rate, burst, want) order by u.queue loop
    perform pg_advisory_xact_lock(${schema}.lock_key(), -1000 - r.queue);                                       -- R1
    v_cell := to_regclass(format('%I.%I', ${schema_literal}, 'rate_' || r.queue));
    if v_cell is null then
      execute format('create sequence %I.%I cache 1 minvalue 0 start 0', ${schema_literal}, 'rate_' || r.queue);
      perform ${schema}.give_to_owner('rate_' || r.queue);
      v_cell := format('%I.%I', ${schema_literal}, 'rate_' || r.queue)::regclass;
    end if;
    v_now := (date_part('epoch', clock_timestamp()) * 1e6)::bigint * 1000;
    v_each := ceil(1e9 / r.rate);
    v_spent := least(v_now, greatest(coalesce(pg_sequence_last_value(v_cell), 0),
                                     v_now - r.burst * v_each::numeric, 0))::bigint;                             -- R3
    queue := r.queue;
    granted := least(r.want, (v_now - v_spent) / v_each);                                                       -- R2
    v_spent := greatest(0, v_spent + granted * v_each);
    if granted <> 0 then perform setval(v_cell, v_spent); end if;
    next_us := case when granted < r.want then greatest(0, v_spent + v_each - v_now) / 1000 else 0 end;
    return next;
  end loop;
end $awa$;
