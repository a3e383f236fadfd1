-- How many attempts ended in a segment or store, folded once when it is finished: its tables are given back, its numbers
-- stay. Parallel arrays. Those of many that are gone are merged into one of them, now and then (77_fold.sql).
alter table ${schema}.generations
  add column ended_queues   int[],
  add column ended_outcomes "char"[],
  add column ended_counts   bigint[];
create index generations_ended on ${schema}.generations (segment) where ended_counts is not null;
alter table ${schema}.stores
  add column ended_queues   int[],
  add column ended_outcomes "char"[],
  add column ended_counts   bigint[];
create index stores_ended on ${schema}.stores (store) where ended_counts is not null;
