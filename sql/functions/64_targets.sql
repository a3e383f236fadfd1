-- Targets: what the jobs of an action are, and the primitives that take one out of its place.
--
-- Invariants
--   A2  A target is taken out of its place by the index that decides there (I8, I11, S3), and put into its next one in
--       the same transaction, so it has one live place throughout.
--   A3  A job that was cancelled while available rests in its segment, and its mark is all there is of it. Who brings it
--       back adds the mark of its negative position: that row decides between two, and says as long as the first one
--       stands that the job is no longer here, whatever is pruned first.
-- Lock order: keys, closures (claims ascending), endings by (store child, entry), ledger rows (segment, lane ascending),
-- marks of jobs at rest (child, position ascending), then adding.

-- The jobs of an action with their places, ascending. p_from: the states it may start from; result stays null there.
create or replace function ${schema}.targets(p_ids bigint[], p_from text) returns ${schema}.target[]
language sql volatile as $awa$
  select array(
    select row(u.id, case when p.state is null or p.state in ('m', 'g') then 'unknown'
                          when position(p.state in p_from) = 0 then 'refused' end, null, p.state, p.store, p.entry, p.lease,
               p.segment, p.child, p.pos, p.lane, p.no, p.nonce, p.n, p.ordinal, p.worker, p.lane, null)::${schema}.target
      from (select distinct x.id from unnest(p_ids) x(id) order by 1) u cross join lateral ${schema}.place(u.id) p)
$awa$;

-- Whether a closer has acted on a job before: its call is sent again because the answer was lost. Marks carry no closer;
-- the ledger row that came with one, in its transaction, does, and is looked for among the lane's last 4,096.
create or replace function ${schema}.acted(p_id bigint, p_closer bigint) returns boolean
language plpgsql as $awa$
declare
  p record; v_mine boolean := false;
begin
-- awa:each-store
  if exists (select from ${schema}.entries_${store} e join ${schema}.endings_${store} x on x.entry = e.entry
              where e.origin = p_id and x.closer = p_closer) then return true; end if;
-- awa:end
  for p in select * from ${schema}.positions_of(p_id) x where x.marked is not null or x.outcome is not null loop
    case p.child
-- awa:each-child
      when ${child} then
        if p.marked is not null then
          v_mine := exists (select from (select c.nonce, c.n, c.xmin from ${schema}.claims_${child} c where c.lane = p.lane
                                          order by c.no desc limit 4096) y
                              join ${schema}.marks_${child} m on m.pos = p.pos and m.xmin = y.xmin
                             where y.nonce = p_closer and y.n = 0);
        else
          v_mine := exists (select from ${schema}.closures_${child} z where z.lane = p.lane and z.no = p.no
                               and z.closer = p_closer and get_bit(z.members, p.ordinal) = 1);
        end if;
-- awa:end
    end case;
    if v_mine then return true; end if;
  end loop;
  return false;
end $awa$;

-- The rows that stand for targets elsewhere: all but their number as they are. due_at of a position: since when it was
-- available. Progress of a held attempt goes along.
create or replace function ${schema}.copies(p_targets ${schema}.target[]) returns table (id bigint, body ${schema}.new_entry)
language plpgsql as $awa$
begin
  return query
  select 0::bigint, null::${schema}.new_entry where false
-- awa:each-store
   union all
  select t.id, row(null, e.origin, e.due_at, e.until, e.lease, e.lane, e.kind, e.worker, e.attempt, e.max_attempts,
                   e.key_states, e.state, e.key, e.callback, e.args,
                   case when p.body is null then e.extras
                        else coalesce(e.extras, '{}') || jsonb_build_object('progress', p.body) end)::${schema}.new_entry
    from unnest(p_targets) t join ${schema}.entries_${store} e on e.entry = t.entry
   cross join lateral (select ${schema}.progress_of_${store}(e.entry) as body) p where t.store = ${store}
-- awa:end
-- awa:each-child
   union all
  select t.id, row(null, t.id, j.available_at, null, null, t.lane, j.kind, null, j.attempt, j.max_attempts,
                   coalesce(j.key_states, (j.extras #>> '{unique,states}')::int), 'a', coalesce(j.key, (j.extras #>> '{unique,key}')::uuid), null, j.args,
                   j.extras)::${schema}.new_entry
    from unnest(p_targets) t join ${schema}.jobs_${child} j on j.pos = t.pos where t.child = ${child} and t.entry is null
-- awa:end
  ;
end $awa$;

-- A3. Brings jobs out of their rest; answers the positions this call took.
create or replace function ${schema}.leave_rest(p_targets ${schema}.target[]) returns bigint[]
language plpgsql as $awa$
declare
  r record; v_new bigint[]; v_taken bigint[] := '{}';
begin
  for r in select t.child, array_agg(t.pos) as positions from unnest(p_targets) t
            where t.result is null and t.state = 'x' and t.entry is null group by 1 order by 1 loop
    case r.child
-- awa:each-child
      when ${child} then
        with m as (
          insert into ${schema}.marks_${child} (pos, why)
          select -u.pos, 'p' from unnest(r.positions) u(pos) order by u.pos on conflict do nothing returning pos)
        select array_agg(-m.pos) into v_new from m;
-- awa:end
    end case;
    v_taken := v_taken || coalesce(v_new, '{}');
  end loop;
  return v_taken;
end $awa$;

-- Takes the targets without a result out of their places; `did` for those this call took, `done` for those an earlier call
-- of the same closer has, `again` where a rival came between. p_why, how an entry ends: x cancelled, m moved, p requeued,
-- g deleted, d or f followed by such an entry; p_mark, why an available one leaves its lane. Running ones are always
-- cancelled, with p_detail.
create or replace function ${schema}.take_out(p_targets ${schema}.target[], p_why "char", p_mark "char", p_detail text,
  p_closer bigint) returns ${schema}.target[] language plpgsql as $awa$
declare
  v ${schema}.target[] := p_targets; c record; r record; v_taken bigint[]; v_running boolean := false;
begin
  for i in 1 .. coalesce(cardinality(v), 0) loop
    v_running := v_running or v[i].result is null and v[i].state = 'r';
  end loop;
  if v_running then
    with k as materialized (
      select t.segment, t.lane, t.no, t.nonce, t.n, array_agg(t.ordinal) as ordinals,
             row_number() over (order by t.segment, t.lane, t.no) as item
        from unnest(v) t where t.result is null and t.state = 'r' group by 1, 2, 3, 4, 5)
    select array_agg(k.segment order by k.item) as segments, array_agg(k.lane order by k.item) as lanes,
           array_agg(k.no order by k.item) as nos, array_agg(k.nonce order by k.item) as nonces,
           array_agg((select string_agg(case when g = any (k.ordinals) then '1' else '0' end, '' order by g)
                        from generate_series(0, k.n - 1) g) order by k.item) as members,
           (select array_agg(y.item::int) from k y, unnest(y.ordinals) o) as items,
           (select array_agg(o) from k y, unnest(y.ordinals) o) as ordinals
      into c from k;
    for r in
      select z.* from ${schema}.close(c.segments, c.lanes, c.nos, c.nonces, c.members, array(select 'x' from unnest(c.nos)),
        p_closer, c.items, c.ordinals, array(select 'x' from unnest(c.items)), null, null,
        array(select p_detail from unnest(c.items))) z
    loop
      for i in 1 .. cardinality(v) loop
        if v[i].result is null and v[i].state = 'r' and v[i].segment = c.segments[r.item] and v[i].lane = c.lanes[r.item]
           and v[i].no = c.nos[r.item] then
          v[i].result := case when get_bit(r.fresh::varbit, v[i].ordinal) = 1 then 'did'
                              when get_bit(r.accepted::varbit, v[i].ordinal) = 1 then 'done' else 'again' end;
        end if;
      end loop;
    end loop;
  end if;
  v_taken := ${schema}.end_entries(
    array(select t.store from unnest(v) t where t.result is null and t.entry is not null),
    array(select t.entry from unnest(v) t where t.result is null and t.entry is not null),
    array(select case when p_why = 'p' and t.state in ('s', 't', 'z') then 'm' else p_why end::text
            from unnest(v) t where t.result is null and t.entry is not null), p_closer);
  v_taken := v_taken || ${schema}.cancel(array(select t.pos from unnest(v) t where t.result is null and t.state = 'a'), p_closer,
                                          p_mark);
  v_taken := v_taken || ${schema}.leave_rest(v);
  for i in 1 .. coalesce(cardinality(v), 0) loop
    continue when v[i].result is not null;
    v[i].result := case when coalesce(v[i].entry, v[i].pos) = any (v_taken) then 'did' else 'again' end;
  end loop;
  return v;
end $awa$;
