-- Concurrency keys: at most so many attempts of one key at a time, in all processes together (43_keys.sql).
--
-- Nothing counts them. Who holds one of a key's places is a version of that place in keys_k, like a unique key's, and
-- whether it still holds it follows from where its job is. Jobs of a key without a free place wait as entries of state k,
-- in the order of their tickets.

alter table ${schema}.queues
  add column key_limit int not null default 1 check (key_limit between 1 and 1000);

-- pos: the position that got the place, where keys_k is about one; low: of that key no ticket up to it waits any more.
-- awa:each-store
alter table ${schema}.keys_${store} add column pos bigint, add column low bigint;
create index entries_${store}_gated on ${schema}.entries_${store}
  ((extras ->> 'concurrency_key'), ((extras ->> 'ticket')::bigint)) where state = 'k';
drop index ${schema}.entries_${store}_kept;
create index entries_${store}_kept on ${schema}.entries_${store} (state, entry) where state in ('f', 'd', 'x', 'h', 'w', 'k');
-- awa:end

-- They have more parameters or columns now.
drop function if exists ${schema}.queue_settings(text);
drop function if exists ${schema}.set_queue(text, boolean, bigint, bigint, bigint, bigint, bigint, bigint, bigint, int,
  double precision, int, boolean);
drop function if exists ${schema}.claim_lane(int, int, int, bigint, boolean, bigint);
drop function if exists ${schema}.claim(int, int, int, bigint);
-- awa:each-child
drop function if exists ${schema}.probe_${child}(int, int);
-- awa:end
-- awa:each-store
drop function if exists ${schema}.keys_due_${store}(uuid, boolean[], int);
drop function if exists ${schema}.paste_keys_${store}(uuid[], bigint[], bigint[], timestamptz[], int2[]);
-- awa:end
