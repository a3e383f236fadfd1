-- Where processes beat (10_names.sql). A beat each few seconds into a row would leave a dead one each time, which nobody can
-- collect while a transaction pins the horizon. A sequence used as a cell, like the pointers, has no versions. A process
-- takes one that is free; where none is, it beats into its row. Microseconds by the database's clock.
do $awa$
begin
  for i in 0 .. 31 loop
    execute format('create sequence %I.%I cache 1', ${schema_literal}, 'beat_' || i);
  end loop;
end $awa$;

-- beat_at: when it registered, or last said which claims it has; last_beat() knows the cell as well.
alter table ${schema}.workers add column cell regclass;
create unique index workers_cell on ${schema}.workers (cell) where cell is not null;

-- Functions are loaded anew after the migrations. Those of the earlier version go first: some are in another language now.
do $awa$
declare
  r record;
begin
  for r in select p.oid::regprocedure as f from pg_catalog.pg_proc p
             join pg_catalog.pg_namespace n on n.oid = p.pronamespace where n.nspname = ${schema_literal} loop
    execute format('drop function if exists %s cascade', r.f);
  end loop;
end $awa$;
