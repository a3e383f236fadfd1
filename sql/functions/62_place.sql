-- Where a job lives right now: the one live place of its id, else where it ended. Everything that acts on a job by its id
-- begins here, and then ends that place through the index that decides (closures, marks and ledger, endings).
--
-- Invariants
--   A1  A job has at most one live place. Between two of this function's statements it may go from one to the next; what
--       then looks like no place at all is looked for again. A place is a hint: only ending it decides.
-- Locks nothing beyond the reads (ACCESS SHARE, until the transaction's end: use a short one).

create or replace function ${schema}.state_name(p_state "char") returns text
language sql immutable as $awa$
  select case p_state when 's' then 'scheduled' when 't' then 'retrying' when 'z' then 'snoozed' when 'h' then 'running'
                      when 'w' then 'waiting' when 'f' then 'failed' when 'd' then 'dead' when 'x' then 'cancelled'
                      when 'c' then 'completed' when 'g' then 'purged' when 'i' then 'requested' when 'k' then 'gated' end
$awa$;

-- Every entry of a job that is still stored, with its ending, oldest first.
create or replace function ${schema}.entries_of(p_id bigint) returns table (store int, entry bigint, created_at timestamptz,
  due_at timestamptz, until timestamptz, lease bigint, lane int, kind int, worker int, attempt int, max_attempts int,
  state "char", args json, extras jsonb, outcome "char", ended_at timestamptz)
language plpgsql as $awa$
begin
  return query
  select * from (
    select 0, 0::bigint, null::timestamptz, null::timestamptz, null::timestamptz, 0::bigint, 0, 0, 0, 0, 0,
           null::"char", null::json,
           null::jsonb, null::"char", null::timestamptz where false
-- awa:each-store
     union all
    select ${store}, e.entry, e.created_at, e.due_at, e.until, e.lease, e.lane, e.kind, e.worker, e.attempt::int,
           e.max_attempts::int, e.state, e.args, e.extras, x.outcome, x.at
      from ${schema}.entries_${store} e left join ${schema}.endings_${store} x on x.entry = e.entry where e.origin = p_id
-- awa:end
  ) y order by 2;
end $awa$;

-- awa:each-child
-- The claim that has a position, if any, and how it ended there. A position that was released is looked for further on.
create or replace function ${schema}.fate_${child}(p_lane int, p_pos bigint,
  out claimed_at timestamptz, out ended_at timestamptz, out outcome text, out no bigint, out nonce bigint, out n int,
  out ordinal int, out worker int)
language plpgsql as $awa$
declare
  t record; c record; z record; v_low bigint := 1; v_high bigint; v_mid bigint; v_mark bigint;
begin
  if p_pos is null then return; end if;
  t := ${schema}.tail_${child}(p_lane);
  -- Waiting, and no later claim can have it: the search would read them all.
  if p_pos > t.high or t.old @> p_pos or t.young @> p_pos then return; end if;
  v_high := t.no;
  while v_low < v_high loop
    v_mid := (v_low + v_high) / 2;
    select x.high into v_mark from ${schema}.claims_${child} x where x.lane = p_lane and x.no = v_mid;
    if v_mark >= p_pos then v_high := v_mid; else v_low := v_mid + 1; end if;
  end loop;
  loop
    -- One row a statement: a cursor would fetch ten, and search the rest of the ledger for them.
    select x.no, x.nonce, x.n, x.worker, x.claimed_at, x.members into c from ${schema}.claims_${child} x
     where x.lane = p_lane and x.no >= v_low and x.members @> p_pos order by x.no limit 1;
    if not found then return; end if;
    select x.at, case when length(x.outcomes) = 1 then x.outcomes
                      else substr(x.outcomes, bit_count(substring(x.members for y.o + 1))::int, 1) end as outcome into z
      from (select ${schema}.ordinal(c.members, p_pos) as o) y
      join ${schema}.closures_${child} x on x.lane = p_lane and x.no = c.no and get_bit(x.members, y.o) = 1;
    if not found or z.outcome <> 'r' then
      claimed_at := c.claimed_at; no := c.no; nonce := c.nonce; n := c.n; worker := c.worker;
      ordinal := ${schema}.ordinal(c.members, p_pos);
      ended_at := z.at; outcome := z.outcome;
      return;
    end if;
    v_low := c.no + 1;
  end loop;
end $awa$;
-- awa:end

-- Every position of a job that is still stored, with its fate. marked: why it was taken out of its lane, null otherwise;
-- p where it was cancelled there and has come back (A3).
create or replace function ${schema}.positions_of(p_id bigint) returns table (segment bigint, child int, pos bigint,
  lane int, available_at timestamptz, marked "char", claimed_at timestamptz, ended_at timestamptz, outcome text, no bigint,
  nonce bigint, n int, ordinal int, worker int)
language plpgsql as $awa$
#variable_conflict use_column
declare
  g record; j record; f record;
begin
  for g in select x.segment, x.child from ${schema}.generations x where x.reclaimed_at is null order by x.segment loop
    segment := g.segment; child := g.child;
    case g.child
-- awa:each-child
      when ${child} then
        for j in select y.pos, y.available_at, (select m.why from ${schema}.marks_${child} m where m.pos in (y.pos, -y.pos)
                                                 order by m.pos limit 1) as marked               -- A3
                   from (select a.pos, a.available_at from ${schema}.jobs_${child} a where a.origin = p_id
                          union all
                         select b.pos, b.available_at from ${schema}.jobs_${child} b where b.pos = p_id and b.origin is null) y
                  order by y.pos
        loop
          pos := j.pos; lane := (j.pos >> 41)::int; available_at := j.available_at; marked := j.marked;
          -- What is marked was in no claim that did not give it back: the search would read the rest of the ledger.
          f := ${schema}.fate_${child}((j.pos >> 41)::int, case when j.marked is null then j.pos end);
          claimed_at := f.claimed_at; ended_at := f.ended_at; outcome := f.outcome; no := f.no; nonce := f.nonce; n := f.n;
          ordinal := f.ordinal; worker := f.worker;
          return next;
        end loop;
-- awa:end
    end case;
  end loop;
end $awa$;

-- state: a available, r running from a claim; the states of entries for one in the store; else how it ended: c completed,
-- x cancelled, g purged, m (no trace of where it went: treat as unknown). No row: unknown, or forgotten.
-- live: whether it can still be ended at this place. Entry: store and entry. Position: segment, child, pos and the claim.
create or replace function ${schema}.place(p_id bigint, out state "char", out live boolean, out store int, out entry bigint,
  out lease bigint, out segment bigint, out child int, out pos bigint, out lane int, out no bigint, out nonce bigint,
  out n int, out ordinal int, out worker int, out at timestamptz)
language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $awa$
declare
  e record; p record;
begin
  for i in 1 .. 5 loop
    select x.* into e from ${schema}.entries_of(p_id) x where x.state <> 'i'
     order by x.outcome is null desc, x.entry desc limit 1;
    if e.entry is not null and e.outcome is null then
      state := e.state; live := true; store := e.store; entry := e.entry; lane := e.lane; lease := e.lease;
      worker := e.worker; at := e.created_at;
      return;
    end if;
    -- A live position has neither mark nor end; of the others the last one to end tells, and one it was moved away from
    -- does not.
    select x.* into p from ${schema}.positions_of(p_id) x
     order by (x.marked is null and x.outcome is null) desc, coalesce(x.marked in ('m', 'p'), false),
              coalesce(x.ended_at, x.available_at) desc, x.pos desc limit 1;
    if p.pos is not null and p.marked is null and p.outcome is null then
      state := case when p.claimed_at is null then 'a' else 'r' end; live := true;
      segment := p.segment; child := p.child; pos := p.pos; lane := p.lane; no := p.no; nonce := p.nonce; n := p.n;
      ordinal := p.ordinal; worker := p.worker; at := coalesce(p.claimed_at, p.available_at);
      return;
    end if;
    live := false;
    if e.entry is not null and e.outcome in ('c', 'g')
       and (p.pos is null or coalesce(p.ended_at, p.available_at) <= e.ended_at) then
      state := e.outcome; store := e.store; entry := e.entry; lane := e.lane; at := e.ended_at;
      return;
    end if;
    -- Who was cancelled while running rests in the store, and is forgotten or deleted there.
    if p.pos is not null and (p.marked in ('x', 'g') or p.outcome = 'c') then
      state := case when p.marked is not null then p.marked::text else p.outcome end;
      segment := p.segment; child := p.child; pos := p.pos; lane := p.lane; at := coalesce(p.ended_at, p.available_at);
      return;
    end if;
    if e.entry is null and p.pos is null then
      live := null;
      return;
    end if;
  end loop;
  state := 'm';
end $awa$;

-- Whether a job is in one of the states of a unique key's mask: 1 scheduled, 2 available (or waiting for its concurrency
-- key), 4 running, 8 retrying,
-- 16 waiting, 32 completed, 64 failed, 128 dead letter, 256 cancelled, 512 snoozed.
create or replace function ${schema}.key_live(p_job bigint, p_states int) returns boolean
language sql volatile as $awa$
  select coalesce(p_states & case (${schema}.place(p_job)).state when 's' then 1 when 'z' then 512 when 'a' then 2 when 'k' then 2 when 'r' then 4
           when 'h' then 4 when 't' then 8 when 'w' then 16 when 'c' then 32 when 'f' then 64 when 'd' then 128
           when 'x' then 256 end <> 0, false)
$awa$;
