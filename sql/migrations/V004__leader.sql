-- Who leads the schema's maintenance (72_leader.sql). Two sequences used as cells, like the pointers: a beat each second
-- leaves no dead row, and what was set is seen at once, by every snapshot.

-- epoch << 32 | pid of the server process of the leader's session; 0: nobody has led yet.
create sequence ${schema}.leader cache 1 minvalue 0 start 0;

-- Ascends with each beat; microseconds by the database's clock, as far as that does not go back.
create sequence ${schema}.leader_beat cache 1 minvalue 0 start 0;

-- Functions are loaded anew after the migrations. Those of the earlier version go first: some take more arguments now.
do $awa$
declare
  r record;
begin
  for r in select p.oid::regprocedure as f from pg_catalog.pg_proc p
             join pg_catalog.pg_namespace n on n.oid = p.pronamespace where n.nspname = ${schema_literal} loop
    execute format('drop function if exists %s cascade', r.f);
  end loop;
end $awa$;
