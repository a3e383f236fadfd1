-- Leadership of maintenance: a lock of the leader's session, and beside it a lease, for a process that is frozen or cut off
-- keeps its session, and with it the lock. Leading saves work; no correctness rests on it, for each step re-checks under
-- its own locks.
--
-- Invariants
--   L1  Both cells are written under the advisory lock (schema, -5) of one transaction, which is tried and never waited
--       for. So epochs ascend by one, and each was taken by one session.
--   L2  A session leads as long as the cell names its epoch and its process. A deposed one learns it by its next beat.
--   L3  Nobody is deposed whose beat moved: a challenger tells which beat it has seen all the time of the lease, by its own
--       clock and in several looks, and that beat must still be the last one. A clock that is set deposes nobody.
--   L4  Only a session that is named in the cell and holds the schema's lock is ended.
-- Lock order: the advisory lock of L1, then the session's; both are tried, never waited for.

-- One look, or the leader's beat. p_epoch: under which this session leads, 0: it does not. p_locked: whether it holds the
-- lock. p_still: the beat that did not move for the whole lease; null: none. Answers who leads now, and by what beat.
create or replace function ${schema}.lead(p_epoch bigint, p_locked boolean, p_still bigint,
  out epoch bigint, out leads boolean, out locked boolean, out beat bigint)
language plpgsql as $awa$
declare
  v_key constant int := ${schema}.lock_key(); v_cell bigint; v_pid int; v_me constant int := pg_backend_pid();
  v_gone boolean; v_now bigint := (date_part('epoch', clock_timestamp()) * 1e6)::bigint;
begin
  leads := false; locked := p_locked;
  if not pg_try_advisory_xact_lock(v_key, -5) then
    -- Somebody decides right now.
    select l.last_value >> 32, l.last_value & 4294967295 = v_me and l.last_value >> 32 = p_epoch, b.last_value
      into epoch, leads, beat from ${schema}.leader l, ${schema}.leader_beat b;
    return;
  end if;
  select l.last_value, b.last_value into v_cell, beat from ${schema}.leader l, ${schema}.leader_beat b;
  epoch := v_cell >> 32; v_pid := v_cell & 4294967295;
  if p_epoch > 0 and epoch = p_epoch and v_pid = v_me then
    leads := true;
    locked := locked or pg_try_advisory_lock(v_key, -1);
  else
    locked := locked or pg_try_advisory_lock(v_key, -1);
    v_gone := not exists (select from pg_stat_activity a where a.pid = v_pid and a.pid <> v_me);
    if v_gone and locked then
      leads := true;
    elsif p_still = beat then
      -- Its session stands and its process does not beat; or somebody else has a lock of the same number.
      leads := true;
      if not locked and ${schema}.depose(v_pid) then locked := pg_try_advisory_lock(v_key, -1); end if;
    elsif locked then
      perform pg_advisory_unlock(v_key, -1);
      locked := false;
    end if;
    if not leads then return; end if;
    epoch := epoch + 1;
    perform setval(format('%I.leader', ${schema_literal})::regclass, epoch << 32 | v_me);
  end if;
  beat := greatest(beat + 1, v_now);
  perform setval(format('%I.leader_beat', ${schema_literal})::regclass, beat);
end $awa$;

-- Ends the session of a leader that does not beat, if it holds the lock (L4); false where that is not allowed, or it is
-- still there half a second later. The new leader leads all the same.
create or replace function ${schema}.depose(p_pid int) returns boolean
language plpgsql as $awa$
begin
  return exists (select from pg_locks l
                  where l.pid = p_pid and l.granted and l.locktype = 'advisory' and l.objsubid = 2
                    and l.database = (select d.oid from pg_database d where d.datname = current_database())
                    and l.classid::bigint = ${schema}.lock_key()::bigint & 4294967295 and l.objid::bigint = 4294967295)
     and pg_terminate_backend(p_pid, 500);
exception when insufficient_privilege then
  return false;
end $awa$;

-- Who leads, as far as its session still stands: silent_ms since its last beat. No row: nobody has led yet.
create or replace function ${schema}.leader_state() returns table (epoch bigint, pid int, name text, silent_ms bigint)
language sql stable as $awa$
  select l.last_value >> 32, a.pid, a.application_name,
         greatest(0, (date_part('epoch', clock_timestamp()) * 1000)::bigint - b.last_value / 1000)
    from ${schema}.leader l cross join ${schema}.leader_beat b
    left join pg_stat_activity a on a.pid = (l.last_value & 4294967295)::int
   where l.last_value > 0
$awa$;
