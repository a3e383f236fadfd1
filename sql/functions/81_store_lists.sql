-- Lists of the jobs in the store: a page of one state each, for 83_lists.sql. Locks nothing beyond the reads.

-- awa:each-store
-- Up to p_scan entries of a state below a number, newest first, of the states that end or wait for somebody.
create or replace function ${schema}.scan_${store}(p_state "char", p_ended "char", p_before bigint, p_scan int)
returns table (entry bigint, lane int, kind int, since timestamptz, tags jsonb, hit boolean)
language plpgsql as $awa$
begin
  return query
  select y.entry, y.lane, y.kind, y.created_at, y.extras -> 'tags',
         p_ended is not distinct from (select x.outcome from ${schema}.endings_${store} x where x.entry = y.entry)
    from (select e.* from ${schema}.entries_${store} e
           where e.state = p_state and e.state in ('f', 'd', 'x', 'h', 'w', 'k') and e.entry < p_before
           order by e.entry desc limit p_scan) y;
end $awa$;

-- Up to p_scan entries that are due before a moment (of one moment: below a number), latest first. What is still to come
-- stands before all that was promoted when it was due. Those of the other two states are passed on the way.
create or replace function ${schema}.scan_due_${store}(p_state "char", p_due timestamptz, p_before bigint, p_scan int)
returns table (entry bigint, due timestamptz, lane int, kind int, since timestamptz, tags jsonb, hit boolean)
language plpgsql as $awa$
begin
  return query
  select y.entry, y.due_at, y.lane, y.kind, y.created_at, y.extras -> 'tags',
         y.state = p_state and (select x.outcome from ${schema}.endings_${store} x where x.entry = y.entry) is null
    from (select e.* from ${schema}.entries_${store} e
           where e.state in ('s', 't', 'z') and (e.due_at, e.entry) < (p_due, p_before)
           order by e.due_at desc, e.entry desc limit p_scan) y;
end $awa$;
-- awa:end

-- The cursor names the moment and the entry that come next, and the newest entry there was when the list began: what an
-- action on the list makes due again is not met a second time.
create or replace function ${schema}.list_due(p_state "char", p_lanes int[], p_kind int, p_tag text, p_before timestamptz,
  p_cursor text, p_limit int, p_scan int) returns setof ${schema}.job_view
language plpgsql as $awa$
declare
  v record; r ${schema}.job_view; v_next text;
  v_due timestamptz := coalesce(split_part(p_cursor, '_', 1)::timestamptz, 'infinity');
  v_entry bigint := coalesce(split_part(p_cursor, '_', 2)::bigint, 9223372036854775807);
  v_newest bigint := coalesce(split_part(p_cursor, '_', 3)::bigint, (select s.last_value from ${schema}.entry_ids s));
begin
  for v in
    select y.store, y.entry, y.hit and y.entry <= v_newest and (p_lanes is null or y.lane = any (p_lanes))
             and (p_kind is null or y.kind = p_kind)
             and (p_tag is null or coalesce(y.tags ? p_tag, false)) and (p_before is null or y.since < p_before) as hit,
           format('%s_%s_%s', to_char(y.due at time zone 'UTC', 'YYYYMMDD"T"HH24MISS.US"Z"'), y.entry, v_newest) as place
      from (
        select 0 as store, 0::bigint as entry, null::timestamptz as due, 0 as lane, 0 as kind, null::timestamptz as since,
               null::jsonb as tags, false as hit where false
-- awa:each-store
         union all
        select ${store}, s.* from ${schema}.scan_due_${store}(p_state, v_due, v_entry, p_scan) s
-- awa:end
      ) y order by y.due desc, y.entry desc limit p_scan
  loop
    v_next := v.place;
    if v.hit then
      for r in select * from ${schema}.view_entries(v.store, array[v.entry]) loop
        r.cursor := v_next;
        return next r;
      end loop;
      p_limit := p_limit - 1;
      exit when p_limit <= 0;
    end if;
  end loop;
  r := null;
  r.cursor := v_next;
  return next r;
end $awa$;

create or replace function ${schema}.list_entries(p_state "char", p_ended "char", p_lanes int[], p_kind int, p_tag text,
  p_before timestamptz, p_cursor text, p_limit int, p_scan int) returns setof ${schema}.job_view
language plpgsql as $awa$
declare
  v record; r ${schema}.job_view; v_next text;
begin
  for v in
    select y.store, y.entry, y.hit and (p_lanes is null or y.lane = any (p_lanes)) and (p_kind is null or y.kind = p_kind)
             and (p_tag is null or coalesce(y.tags ? p_tag, false)) and (p_before is null or y.since < p_before) as hit,
           row_number() over (order by y.entry desc) as i
      from (
        select 0 as store, 0::bigint as entry, 0 as lane, 0 as kind, null::timestamptz as since, null::jsonb as tags,
               false as hit where false
-- awa:each-store
         union all
        select ${store}, s.*
          from ${schema}.scan_${store}(p_state, p_ended, coalesce(p_cursor::bigint, 9223372036854775807), p_scan) s
-- awa:end
      ) y order by y.entry desc limit p_scan
  loop
    v_next := v.entry::text;
    if v.hit then
      for r in select * from ${schema}.view_entries(v.store, array[v.entry]) loop
        r.cursor := v_next;
        return next r;
      end loop;
      p_limit := p_limit - 1;
      exit when p_limit <= 0;
    end if;
  end loop;
  r := null;
  r.cursor := v_next;
  return next r;
end $awa$;
