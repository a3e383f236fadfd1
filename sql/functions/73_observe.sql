-- What maintenance tells of others: who stands in its way, who holds the horizon back, what keeps children from being free.
-- Asked when a step was refused, or every now and then. Reads the server's own state and probes for presence: it waits for
-- no relation, counts nothing, and answers a few rows at most. Locks nothing beyond the reads.

-- Who holds a lock on a child, the oldest transaction first. p_exclusive: any lock is in the way; otherwise those of
-- writers. What another role does is hidden from those without pg_read_all_stats: then times and text are null.
create or replace function ${schema}.lock_holders(p_relation text, p_exclusive boolean, p_limit int default 5)
returns table (pid int, application text, state text, xact_ms bigint, query_ms bigint, query_start timestamptz, query text)
language sql volatile as $awa$
  select coalesce(l.pid, 0), coalesce(a.application_name, ''), coalesce(a.state, case when l.pid is null then 'prepared' else '' end),
         (date_part('epoch', clock_timestamp() - a.xact_start) * 1000)::bigint,
         (date_part('epoch', clock_timestamp() - a.query_start) * 1000)::bigint, a.query_start, left(a.query, 60)
    from (select distinct k.pid, k.virtualtransaction from pg_locks k
           where k.locktype = 'relation' and k.granted
             and k.database = (select d.oid from pg_database d where d.datname = current_database())
             and k.relation = to_regclass(format('%I.%I', ${schema_literal}, p_relation))
             and (p_exclusive or k.mode in ('RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareRowExclusiveLock',
                                            'ExclusiveLock', 'AccessExclusiveLock'))
             and k.pid is distinct from pg_backend_pid()) l
    left join pg_stat_activity a on a.pid = l.pid
   order by a.xact_start nulls last, l.pid limit p_limit
$awa$;

-- What holds the horizon of this database back, the oldest first: sessions whose transaction is older than p_older_ms,
-- prepared transactions, replication slots. The first row has pid null: by how many transactions the horizon lies back.
create or replace function ${schema}.horizon(p_older_ms bigint default 5000, p_limit int default 5)
returns table (xids bigint, pid int, application text, state text, xact_ms bigint, query_ms bigint,
  query_start timestamptz, query text)
language sql volatile as $awa$
  with pins as (
    select greatest(age(a.backend_xid), age(a.backend_xmin))::bigint as xids, a.pid, coalesce(a.application_name, '') as application,
           coalesce(a.state, a.backend_type, '') as state, a.xact_start, a.query_start, left(a.query, 60) as query
      from pg_stat_activity a
     where (a.backend_xid is not null or a.backend_xmin is not null) and a.pid <> pg_backend_pid()
       and (a.datid is null or a.datname = current_database())
    union all
    select age(p.transaction)::bigint, 0, p.gid, 'prepared', p.prepared, null, null
      from pg_prepared_xacts p where p.database = current_database()
    union all
    select age(s.xmin)::bigint, 0, s.slot_name::text, 'slot', null, null, null
      from pg_replication_slots s where s.xmin is not null)
  select coalesce((select max(p.xids) from pins p), 0), null::int, '', '', null, null, null, null
   union all
  (select p.xids, p.pid, p.application, p.state, (date_part('epoch', clock_timestamp() - p.xact_start) * 1000)::bigint,
          (date_part('epoch', clock_timestamp() - p.query_start) * 1000)::bigint, p.query_start, p.query
     from pins p
    where p.xact_start is null or p.xact_start < clock_timestamp() - p_older_ms * interval '1 millisecond'
    order by p.xids desc, p.pid limit p_limit)
$awa$;

-- Why segments are not free: blocked (a writer or a reader holds it), available (jobs to offer), open (a claim with an open
-- member), retained (finished, and kept for its retention).
create or replace function ${schema}.busy_segments() returns table (number bigint, child int, state text, reason text)
language sql volatile as $awa$
  select g.segment, g.child,
         case when g.finished_at is not null then 'finished' when g.sealed_at is not null then 'sealed' else 'closing' end,
         case when g.finished_at is not null then 'retained'
              when g.sealed_at is null then 'blocked'
              when exists (select from unnest(g.lanes) l(lane)
                            where not exists (select from ${schema}.exhausted e
                                               where e.segment = g.segment and e.lane = l.lane)) then 'available'
              else 'open' end
    from ${schema}.generations g
   where g.reclaimed_at is null and g.segment < (select s.last_value >> 8 from ${schema}.current_segment s)
   order by g.segment
$awa$;

-- The same of stores: blocked, or live (entries that have not ended, or keys that are held).
create or replace function ${schema}.busy_stores() returns table (number bigint, child int, state text, reason text)
language sql volatile as $awa$
  select s.store, s.child,
         case when s.finished_at is not null then 'finished' when s.sealed_at is not null then 'sealed' else 'closing' end,
         case when s.finished_at is null and s.sealed_at is not null then 'live' else 'blocked' end
    from ${schema}.stores s
   where s.reclaimed_at is null and s.store < (select c.last_value >> 8 from ${schema}.current_store c)
   order by s.store
$awa$;
