-- How many attempts ended, folded once for each finished segment (ring g) and store (ring s): its tables are given back, its
-- numbers stay. queues, outcomes and counts are parallel. Number 0: what was folded so far, of many that are gone.
create table ${schema}.ended (
  ring     "char" not null check (ring in ('g', 's')),
  number   bigint not null,
  queues   int[] not null,
  outcomes "char"[] not null,
  counts   bigint[] not null,
  primary key (ring, number)
);
