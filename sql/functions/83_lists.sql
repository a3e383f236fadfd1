-- Lists of jobs, page by page. A page examines at most p_scan rows whatever it finds, and its last row (without an id)
-- says in `cursor` where the next one begins; null there: that was all. What changes state between two pages may be met
-- twice or not at all; what stays is met once.
--
-- A list is made of sources, one after the other: those of available jobs walk their lanes upwards, those of jobs that wait
-- for their time begin with the latest one, all others with what is newest. A source's part of the cursor stands
-- behind its number. Locks nothing beyond the reads.

-- awa:each-child
-- Up to p_scan jobs of a lane above a position that wait to be claimed.
create or replace function ${schema}.waiting_${child}(p_lane int, p_after bigint, p_scan int)
returns table (pos bigint, kind int, since timestamptz, tags jsonb, marked boolean)
language plpgsql as $awa$
declare
  t record; v_end bigint := (p_lane::bigint + 1) << 41;
begin
  t := ${schema}.tail_${child}(p_lane);
  return query
  select y.pos, y.kind, y.available_at, y.extras -> 'tags',
         exists (select from ${schema}.marks_${child} m where m.pos = y.pos)
    from (select x.pos, x.kind, x.available_at, x.extras
            from unnest(t.old + t.young) r
           cross join lateral (select * from ${schema}.jobs_${child} j
                                where j.pos >= greatest(lower(r), p_after + 1) and j.pos < upper(r)
                                order by j.pos limit p_scan) x
           union all
          (select j.pos, j.kind, j.available_at, j.extras from ${schema}.jobs_${child} j
            where j.pos > greatest(t.high, p_after) and j.pos < v_end order by j.pos limit p_scan)) y
   limit p_scan;
end $awa$;

-- Up to p_scan claims of a lane below a number, newest first, with their members that are still open.
create or replace function ${schema}.open_members_${child}(p_lane int, p_before bigint, p_scan int)
returns table (no bigint, positions bigint[])
language plpgsql as $awa$
begin
  return query
  select c.no, case when c.n > coalesce(bit_count(z.members), 0) then (
           select array_agg(y.pos) from (
             select x.pos, row_number() over (order by x.pos) - 1 as o
               from unnest(c.members) r, generate_series(lower(r), upper(r) - 1) x(pos)) y
            where z.members is null or get_bit(z.members, y.o::int) = 0) end
    from (select y.no, y.n, y.members from ${schema}.claims_${child} y
           where y.lane = p_lane and y.no < p_before order by y.no desc limit p_scan) c
   cross join lateral (select bit_or(k.members) as members from ${schema}.closures_${child} k
                        where k.lane = p_lane and k.no = c.no) z
   order by c.no desc;
end $awa$;

-- Up to p_scan jobs of a lane below a position, newest first; or, where p_marks, those that were cancelled while available.
create or replace function ${schema}.past_${child}(p_lane int, p_before bigint, p_marks boolean, p_scan int)
returns table (pos bigint) language plpgsql as $awa$
begin
  if p_marks then
    return query select m.pos from ${schema}.marks_${child} m
      where m.pos > p_lane::bigint << 41 and m.pos < p_before and m.why = 'x' order by m.pos desc limit p_scan;
  else
    return query select j.pos from ${schema}.jobs_${child} j
      where j.pos > p_lane::bigint << 41 and j.pos < p_before order by j.pos desc limit p_scan;
  end if;
end $awa$;
-- awa:end

create or replace function ${schema}.list_available(p_lanes int[], p_kind int, p_tag text, p_before timestamptz,
  p_cursor text, p_limit int, p_scan int) returns setof ${schema}.job_view
language plpgsql as $awa$
declare
  l record; g record; w record; r ${schema}.job_view; v_after bigint := coalesce(p_cursor::bigint, 0); v_left int := p_scan;
begin
  for l in select x.lane from ${schema}.lanes x
            where (p_lanes is null or x.lane = any (p_lanes)) and x.lane >= v_after >> 41 order by x.lane loop
    for g in select x.segment, x.child from ${schema}.generations x
              where x.reclaimed_at is null and x.finished_at is null order by x.segment loop
      for w in
        select 0::bigint as pos, 0 as kind, null::timestamptz as since, null::jsonb as tags, false as marked where false
-- awa:each-child
         union all select s.* from ${schema}.waiting_${child}(l.lane, v_after, v_left) s where g.child = ${child}
-- awa:end
      loop
        v_after := w.pos; v_left := v_left - 1;
        if not w.marked and (p_kind is null or w.kind = p_kind) and (p_tag is null or coalesce(w.tags ? p_tag, false))
           and (p_before is null or w.since < p_before) then
          for r in select * from ${schema}.view_jobs(g.child, array[w.pos]) y where y.state = 'available' loop
            r.cursor := v_after::text;
            return next r;
            p_limit := p_limit - 1;
          end loop;
        end if;
        exit when p_limit <= 0 or v_left <= 0;
      end loop;
      if p_limit <= 0 or v_left <= 0 then
        r := null;
        r.cursor := v_after::text;
        return next r;
        return;
      end if;
    end loop;
  end loop;
  r := null;
  return next r;
end $awa$;

-- Jobs of the segments, newest segment first and lane by lane: `running` ones from their claims, `completed` ones and
-- those `cancelled` while available from their rows. The cursor names segment, lane, and the number of the claim or the
-- position that comes next.
create or replace function ${schema}.list_past(p_state text, p_lanes int[], p_kind int, p_tag text, p_before timestamptz,
  p_cursor text, p_limit int, p_scan int) returns setof ${schema}.job_view
language plpgsql as $awa$
declare
  g record; l record; c record; r ${schema}.job_view; v_left int := p_scan; v_from bigint; v_got int;
  v_segment bigint := coalesce(split_part(p_cursor, '.', 1)::bigint, 9223372036854775807);
  v_lane int := coalesce(split_part(p_cursor, '.', 2)::int, 0);
  v_kind text := (select k.name from ${schema}.kinds k where k.kind = p_kind);
begin
  for g in select x.segment, x.child from ${schema}.generations x
            where x.reclaimed_at is null and x.segment <= v_segment and (p_state <> 'running' or x.finished_at is null)
            order by x.segment desc loop
    for l in select x.lane from ${schema}.lanes x where (p_lanes is null or x.lane = any (p_lanes))
               and (g.segment < v_segment or x.lane >= v_lane) order by x.lane loop
      v_from := case when g.segment = v_segment and l.lane = v_lane then split_part(p_cursor, '.', 3)::bigint
                     else 9223372036854775807 end;
      if p_state <> 'running' then v_from := least(v_from, (l.lane::bigint + 1) << 41); end if;
      v_got := 0;
      for c in
        select 0::bigint as at, null::bigint[] as positions where false
-- awa:each-child
         union all select s.no, s.positions from ${schema}.open_members_${child}(l.lane, v_from, v_left) s
                    where g.child = ${child} and p_state = 'running'
         union all select s.pos, array[s.pos] from ${schema}.past_${child}(l.lane, v_from, p_state = 'cancelled', v_left) s
                    where g.child = ${child} and p_state <> 'running'
-- awa:end
      loop
        v_from := c.at; v_got := v_got + 1; v_left := v_left - 1;
        if c.positions is not null then
          for r in select * from ${schema}.view_jobs(g.child, c.positions) y
                    where y.state = p_state and (p_kind is null or y.kind = v_kind)
                      and (p_tag is null or coalesce(y.extras::jsonb -> 'tags' ? p_tag, false))
                      and (p_before is null or coalesce(y.ended_at, y.claimed_at, y.available_at) < p_before) loop
            -- Who was cancelled and brought back stands elsewhere.
            continue when p_state = 'cancelled' and (select x.state <> 'x' or x.entry is not null from ${schema}.place(r.id) x);
            r.cursor := format('%s.%s.%s', g.segment, l.lane, v_from);
            return next r;
            p_limit := p_limit - 1;
          end loop;
        end if;
        exit when p_limit <= 0 or v_left <= 0;
      end loop;
      if p_limit <= 0 or v_left <= 0 then
        r := null;
        r.cursor := format('%s.%s.%s', g.segment, l.lane, v_from);
        return next r;
        return;
      end if;
    end loop;
  end loop;
  r := null;
  return next r;
end $awa$;

-- The sources of some states, in order; a source is a state of the store, perhaps with the ending it must have (hc), or
-- a walk through the segments.
create or replace function ${schema}.sources(p_states text[]) returns text[]
language sql immutable as $awa$
  select coalesce(array_agg(m.source order by s.i, m.k), '{}')
    from unnest(p_states) with ordinality s(state, i)
    join (values ('scheduled', 1, 's'), ('available', 1, 'available'), ('running', 1, 'running'), ('running', 2, 'h'),
                 ('waiting', 1, 'w'), ('gated', 1, 'k'), ('retrying', 1, 't'), ('snoozed', 1, 'z'), ('completed', 1, 'completed'),
                 ('completed', 2, 'hc'), ('completed', 3, 'wc'), ('failed', 1, 'f'), ('dead', 1, 'd'),
                 ('cancelled', 1, 'x'), ('cancelled', 2, 'cancelled')) m(state, k, source) on m.state = s.state
$awa$;

-- p_filter: {states, queue, kind, tag, older_ms}; no states: all of them. Rows, then one row without an id: the cursor.
create or replace function ${schema}.jobs(p_filter jsonb, p_cursor text, p_limit int, p_scan int)
returns setof ${schema}.job_view
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
declare
  r ${schema}.job_view; v_lanes int[]; v_kind int; v_source text; v_tag text := p_filter ->> 'tag';
  v_before timestamptz := clock_timestamp() - make_interval(secs => (p_filter ->> 'older_ms')::bigint / 1000.0);
  v_at int := coalesce(split_part(p_cursor, ':', 1)::int, 1); v_inner text := nullif(split_part(p_cursor, ':', 2), '');
  v_sources text[] := ${schema}.sources(coalesce(
    (select array_agg(x) from jsonb_array_elements_text(p_filter -> 'states') x),
    array['available', 'gated', 'running', 'waiting', 'scheduled', 'retrying', 'snoozed', 'failed', 'dead', 'cancelled', 'completed']));
begin
  if p_filter ->> 'queue' is not null then
    v_lanes := array(select l.lane from ${schema}.lanes l join ${schema}.queues q on q.queue = l.queue
                      where q.name = p_filter ->> 'queue');
  end if;
  if p_filter ->> 'kind' is not null then
    v_kind := coalesce((select k.kind from ${schema}.kinds k where k.name = p_filter ->> 'kind'), -1);
  end if;
  v_source := v_sources[v_at];
  if v_source is null then return next r; return; end if;
  for r in
    select * from ${schema}.list_entries(left(v_source, 1)::"char", nullif(substr(v_source, 2, 1), '')::"char", v_lanes, v_kind,
                                         v_tag, v_before, v_inner, p_limit, p_scan)
     where length(v_source) <= 2 and v_source not in ('s', 't', 'z')
     union all
    select * from ${schema}.list_due(left(v_source, 1)::"char", v_lanes, v_kind, v_tag, v_before, v_inner, p_limit, p_scan)
     where v_source in ('s', 't', 'z')
     union all
    select * from ${schema}.list_available(v_lanes, v_kind, v_tag, v_before, v_inner, p_limit, p_scan)
     where v_source = 'available'
     union all
    select * from ${schema}.list_past(v_source, v_lanes, v_kind, v_tag, v_before, v_inner, p_limit,
                                      case when v_source = 'running' then p_scan else least(p_scan, 500) end)
     where v_source in ('running', 'completed', 'cancelled')
  loop
    if r.id is not null or r.cursor is not null then r.cursor := v_at || ':' || r.cursor;
    elsif v_at < cardinality(v_sources) then r.cursor := v_at + 1 || ':';
    end if;
    return next r;
  end loop;
end $awa$;

-- The ids of a page, for actions by filter.
create or replace function ${schema}.page(p_filter jsonb, p_cursor text, out ids bigint[], out cursor text)
language sql volatile as $awa$
  select coalesce(array_agg(j.id) filter (where j.id is not null), '{}'), max(j.cursor) filter (where j.id is null)
    from ${schema}.jobs(p_filter, p_cursor, 500, 2000) j
$awa$;
