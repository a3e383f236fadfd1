-- A unique job's key and mask stand in columns of its body (26_submit.sql), where entries have had them from the start. In
-- extras they went with every claim to a worker that has no use for them. Rows of earlier versions keep them there.

-- awa:each-child
alter table ${schema}.jobs_${child} add column key uuid, add column key_states int2;
-- awa:end

-- They have more parameters now.
drop function if exists ${schema}.enqueue(int[], int[], int[], text[], text[]);
drop function if exists ${schema}.restore(int[], int[], int[], int[], bigint[], timestamptz[], json[], jsonb[]);
-- awa:each-child
drop function if exists ${schema}.put_${child}(bigint[], int[], int[], text[], text[]);
drop function if exists ${schema}.restore_${child}(bigint[], int[], int[], int[], bigint[], timestamptz[], json[], jsonb[]);
-- awa:end
-- awa:each-store
drop function if exists ${schema}.add_keys_${store}(uuid[], bigint[], bigint[], int[]);
-- awa:end
