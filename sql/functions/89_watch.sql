-- Watching jobs: what became of each of many, and which of them have gone on since one looked. Nothing is kept for those
-- who watch, and nothing that a job passes through knows of them: what they are told is read from the evidence of its life.
--
-- Invariants
--   W1  A job's places are a chain: each is made by the transaction that ended the one before. lives() is read in ONE
--       snapshot (its session's default is REPEATABLE READ), so who sees a place sees all before it that are still stored,
--       and at most one of them is live (A1).
--   W2  A TRUNCATE empties a table for older snapshots too (S15). An answer that may have met one says so, by a row without
--       an id, and is to be thrown away.
--   W3  As long as a job's last place is neither claimed, ended nor marked, nor gone with its table, nothing of the job has
--       changed: positions and entries are numbered once, and what follows a place ends it. So stirred() looks at that alone.
-- Locks nothing beyond the reads. stirred() reads only tables in which the last place of a watched job stands: a segment or
-- store without live jobs is kept from no prune by it.

-- Every place of these jobs that is still stored. An entry: its state and its ending (outcome, ended_at). A position: its
-- claim (no, ordinal; not one that released it), how that ended, and its mark; xid orders positions that a job was moved to
-- within one instant. And what attempts reported, the newest twenty of each entry, as rows of their own in the state
-- report (seq, ended_at, progress).
create or replace function ${schema}.lives(p_ids bigint[]) returns table (id bigint, child int, entry bigint, pos bigint,
  state text, made_at timestamptz, due_at timestamptz, claimed_at timestamptz, ended_at timestamptz, outcome text, marked text,
  no bigint, ordinal int, queue text, priority int, attempt int, worker int, error text, reason text, progress text,
  seq bigint, xid bigint)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
#variable_conflict use_column
declare
  g record;
begin
-- awa:each-store
  return query
  select u.id, ${store}, e.entry, null::bigint, e.state::text, e.created_at,
         case when e.state in ('s', 't', 'z', 'w') then e.due_at end, null::timestamptz, x.at, x.outcome::text, null::text,
         null::bigint, null::int, q.name, l.priority::int, e.attempt::int, e.worker, ${schema}.last_error(e.extras),
         e.extras ->> 'reason', (e.extras -> 'progress')::text, null::bigint, null::bigint
    from unnest(p_ids) u(id)
    join ${schema}.entries_${store} e on e.origin = u.id and e.state <> 'i'
    left join ${schema}.endings_${store} x on x.entry = e.entry
    join ${schema}.lanes l on l.lane = e.lane join ${schema}.queues q on q.queue = l.queue
   union all
  select u.id, ${store}, e.entry, null, 'report', e.created_at, null, null, r.at, null, null, null, null, '', 0, e.attempt::int,
         e.worker, null, null, r.body::text, r.seq, null
    from unnest(p_ids) u(id)
    join ${schema}.entries_${store} e on e.origin = u.id and e.state = 'h'
   cross join lateral (select y.* from ${schema}.progress_${store} y where y.entry = e.entry order by y.seq desc limit 20) r;
-- awa:end
  for g in select x.child from ${schema}.generations x where x.reclaimed_at is null order by x.segment loop
    case g.child
-- awa:each-child
      when ${child} then
        return query
        select u.id, ${child}, null::bigint, j.pos, null::text, j.available_at, null::timestamptz, f.claimed_at, f.ended_at,
               f.outcome, m.why::text, f.no, f.ordinal, q.name, l.priority::int,
               j.attempt + case when f.claimed_at is null then 0 else 1 end, f.worker, ${schema}.last_error(j.extras), null::text,
               (j.extras -> 'progress')::text, null::bigint, j.xid
          from unnest(p_ids) u(id)
         cross join lateral (select a.*, a.xmin::text::bigint as xid from ${schema}.jobs_${child} a where a.origin = u.id
                              union all
                             select b.*, b.xmin::text::bigint from ${schema}.jobs_${child} b where b.pos = u.id and b.origin is null) j
          left join lateral (select k.why from ${schema}.marks_${child} k where k.pos in (j.pos, -j.pos)
                              order by k.pos limit 1) m on true                                          -- A3
         cross join lateral ${schema}.fate_${child}((j.pos >> 41)::int, case when m.why is null then j.pos end) f
          join ${schema}.lanes l on l.lane = (j.pos >> 41)::int join ${schema}.queues q on q.queue = l.queue;
-- awa:end
    end case;
  end loop;
  if ${schema}.emptied(array[                                                                             -- W2
-- awa:each-store
    'entries_${store}',
-- awa:end
-- awa:each-child
    'jobs_${child}',
-- awa:end
    'generations']) then
    id := null;
    return next;
  end if;
end $awa$;

-- Which of these places (numbered from 1) are the last ones of their jobs no more, or have something new to tell (W3).
-- Kind e: an entry, with the seq of the report that is known; a: an available position; r: a claimed one, with its claim;
-- x: one where a job rests that was cancelled.
create or replace function ${schema}.stirred(p_kinds text[], p_children int[], p_places bigint[], p_nos bigint[],
  p_ordinals int[], p_seqs bigint[]) returns table (item int)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
begin
-- awa:each-store
  if exists (select from unnest(p_kinds, p_children) u(kind, child) where u.kind = 'e' and u.child = ${store}) then
    return query
    select u.i::int from unnest(p_kinds, p_children, p_places, p_seqs) with ordinality u(kind, child, place, seq, i)
     where u.kind = 'e' and u.child = ${store}
       and (not exists (select from ${schema}.entries_${store} e where e.entry = u.place offset 0)
            or exists (select from ${schema}.endings_${store} x where x.entry = u.place offset 0)
            or exists (select from ${schema}.progress_${store} y where y.entry = u.place and y.seq > u.seq offset 0));
  end if;
-- awa:end
-- awa:each-child
  if exists (select from unnest(p_kinds, p_children) u(kind, child) where u.kind <> 'e' and u.child = ${child}) then
    return query
    with t as materialized (
      select y.lane, z.high, z.old + z.young as holes
        from (select distinct (u.place >> 41)::int as lane from unnest(p_kinds, p_children, p_places) u(kind, child, place)
               where u.kind = 'a' and u.child = ${child}) y
       cross join lateral ${schema}.tail_${child}(y.lane) z)
    select u.i::int
      from unnest(p_kinds, p_children, p_places, p_nos, p_ordinals) with ordinality u(kind, child, place, no, ordinal, i)
     where u.kind <> 'e' and u.child = ${child}
       and (not exists (select from ${schema}.jobs_${child} j where j.pos = u.place offset 0)
            or case u.kind
                 when 'a' then not exists (select from t where t.lane = (u.place >> 41)::int
                                              and (u.place > t.high or t.holes @> u.place))
                               or exists (select from ${schema}.marks_${child} m where m.pos = u.place offset 0)
                 when 'r' then exists (select from ${schema}.closures_${child} z
                                        where z.lane = (u.place >> 41)::int and z.no = u.no
                                          and get_bit(z.members, u.ordinal) = 1 offset 0)
                 else exists (select from ${schema}.marks_${child} m where m.pos = -u.place offset 0) end);
  end if;
-- awa:end
end $awa$;
