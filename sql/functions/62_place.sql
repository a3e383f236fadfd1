-- Where a job lives right now: the one live place of its id, else where it ended. Everything that acts on a job by its id
-- begins here, and then ends that place through the index that decides (closures, marks and ledger, endings).
--
-- Invariants
--   S8  A job has at most one live place. Between two of this function's statements it may go from one to the next; what
--       then looks like no place at all is looked for again. A place is a hint: only ending it decides.
-- Locks nothing beyond the reads (ACCESS SHARE, until the transaction's end: use a short one).

-- Every position of a job that is still stored, with its fate. marked: why it was taken out of its lane, null otherwise.
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
        for j in select y.pos, y.available_at, (select m.why from ${schema}.marks_${child} m where m.pos = y.pos) as marked
                   from (select a.pos, a.available_at from ${schema}.jobs_${child} a where a.origin = p_id
                          union all
                         select b.pos, b.available_at from ${schema}.jobs_${child} b where b.pos = p_id and b.origin is null) y
                  order by y.pos
        loop
          pos := j.pos; lane := (j.pos >> 41)::int; available_at := j.available_at; marked := j.marked;
          f := ${schema}.fate_${child}((j.pos >> 41)::int, j.pos);
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
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off
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
    -- A live position has neither mark nor end; of the others the last one to end tells.
    select x.* into p from ${schema}.positions_of(p_id) x
     order by (x.marked is null and x.outcome is null) desc, coalesce(x.ended_at, x.available_at) desc, x.pos desc limit 1;
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
    if p.pos is not null and (p.marked = 'x' or p.outcome in ('c', 'x')) then
      state := case when p.marked = 'x' then 'x' else p.outcome end;
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

-- Whether a job is in one of the states of a unique key's mask: 1 scheduled, 2 available, 4 running, 8 retrying,
-- 16 waiting, 32 completed, 64 failed, 128 dead letter, 256 cancelled, 512 snoozed.
create or replace function ${schema}.key_live(p_job bigint, p_states int) returns boolean
language sql volatile as $awa$
  select coalesce(p_states & case (${schema}.place(p_job)).state when 's' then 1 when 'z' then 512 when 'a' then 2 when 'r' then 4
           when 'h' then 4 when 't' then 8 when 'w' then 16 when 'c' then 32 when 'f' then 64 when 'd' then 128
           when 'x' then 256 end <> 0, false)
$awa$;
