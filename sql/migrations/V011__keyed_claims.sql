-- A claim asks for its keyed jobs in fewer and shorter looks (43_keys.sql): these have other parameters or columns now.

drop function if exists ${schema}.ask_places(int, bigint[], text[], int, boolean);
drop function if exists ${schema}.add_places(uuid[], bigint[], bigint[], bigint[], bigint[], bigint, bigint, int[]);
-- awa:each-store
drop function if exists ${schema}.add_places_${store}(uuid[], bigint[], bigint[], bigint[], bigint[], bigint, bigint, int[]);
-- awa:end
-- awa:each-child
drop function if exists ${schema}.probe_${child}(int, int);
drop function if exists ${schema}.keys_at_${child}(bigint[]);
-- awa:end
