-- Settings of queues that running workers follow: how many handlers at once in each process, and how many jobs may be
-- claimed in a time. Null: what the worker's own code says. Changed by hand, never at job rate.

alter table ${schema}.queues
  add column workers    int check (workers between 1 and 100000),
  add column rate       double precision check (rate > 0 and rate <= 1000000),
  add column rate_burst int check (rate_burst between 1 and 1000000),
  add column rate_fleet boolean,
  add check ((rate is null) = (rate_burst is null) and (rate is null) = (rate_fleet is null));

-- Both have more parameters or columns now.
drop function if exists ${schema}.queue_settings(text);
drop function if exists ${schema}.set_queue(text, boolean, bigint, bigint, bigint, bigint, bigint, bigint, bigint);
