-- A version of a concurrency key's place says where the claim that took it stands (42_key_places.sql; 43_keys.sql, K7): with the closures of
-- that claim at hand, whether the place is free is one look at an index.

-- segment: of the position; no, ordinal: the claim in it, null where the place was granted to a job that waits in its lane.
-- awa:each-store
alter table ${schema}.keys_${store} add column segment bigint, add column no bigint, add column ordinal int;
-- awa:end

-- They have other parameters or columns now.
drop function if exists ${schema}.enter_store();
drop function if exists ${schema}.place_lock(text);
drop function if exists ${schema}.lock_places(text[]);
drop function if exists ${schema}.places_taken(uuid);
drop function if exists ${schema}.places_held(uuid);
drop function if exists ${schema}.add_places(uuid[], bigint[], bigint[], bigint[], bigint[]);
-- awa:each-store
drop function if exists ${schema}.add_places_${store}(uuid[], bigint[], bigint[], bigint[], bigint[]);
-- awa:end
