package io.awa.reactive.testkit;

/** The tables and triggers of {@link Witness}. */
final class WitnessSql {

    private static final int STORES = 4;
    private static final String TABLES = """
            create sequence {awa}.seen_ticks cache 1;
            create table {awa}.seen_jobs (tick bigint, pos bigint, origin bigint, attempt int, due bigint, errors int);
            create table {awa}.seen_claims (tick bigint, nonce bigint, segment bigint, lane int, no bigint,
              members int8multirange, begun bigint, at bigint);
            create table {awa}.seen_ends (tick bigint, nonce bigint, closer bigint, at bigint, outcomes text, members text);
            create table {awa}.seen_marks (tick bigint, pos bigint, why text, xid xid8);
            create table {awa}.seen_moves (nonce bigint, xid xid8);
            create index on {awa}.seen_moves (xid);
            create table {awa}.seen_entries (tick bigint, entry bigint, origin bigint, state text, attempt int, due bigint,
              errors int, lease bigint);
            create table {awa}.seen_endings (tick bigint, entry bigint, closer bigint, at bigint, outcome text);
            create function {awa}.seen_tick() returns bigint language sql volatile as $see$
              select nextval('{awa}.seen_ticks'::regclass) $see$;
            create function {awa}.seen_micros(p_at timestamptz) returns bigint language sql immutable as $see$
              select (extract(epoch from p_at) * 1000000)::bigint $see$;
            create function {awa}.seen_errors(p_extras jsonb) returns int language sql immutable as $see$
              select coalesce(jsonb_array_length(p_extras -> 'errors'), 0) $see$;
            """;
    private static final String OF_CHILD = """
            create function {awa}.see_jobs_{k}() returns trigger language plpgsql as $see$
            begin
              insert into {awa}.seen_jobs select {awa}.seen_tick(), f.pos, f.origin, f.attempt,
                {awa}.seen_micros(f.available_at), {awa}.seen_errors(f.extras) from fresh f;
              return null;
            end $see$;
            create trigger see after insert on {awa}.jobs_{k} referencing new table as fresh
              for each statement execute function {awa}.see_jobs_{k}();
            create function {awa}.see_marks_{k}() returns trigger language plpgsql as $see$
            begin
              insert into {awa}.seen_marks select {awa}.seen_tick(), f.pos, f.why, pg_current_xact_id()
                from fresh f where f.pos > 0; -- a negative one: it came back, and is seen where it goes
              return null;
            end $see$;
            create trigger see after insert on {awa}.marks_{k} referencing new table as fresh
              for each statement execute function {awa}.see_marks_{k}();
            create function {awa}.see_claims_{k}() returns trigger language plpgsql as $see$
            begin
              insert into {awa}.seen_claims select {awa}.seen_tick(), f.nonce, g.segment, f.lane, f.no, f.members,
                {awa}.seen_micros(transaction_timestamp()), {awa}.seen_micros(clock_timestamp())
                from fresh f, {awa}.generations g where f.n > 0 and g.child = {k} and g.reclaimed_at is null;
              insert into {awa}.seen_moves select f.nonce, pg_current_xact_id() from fresh f where f.n = 0;
              return null;
            end $see$;
            create trigger see after insert on {awa}.claims_{k} referencing new table as fresh
              for each statement execute function {awa}.see_claims_{k}();
            create function {awa}.see_ends_{k}() returns trigger language plpgsql as $see$
            begin
              insert into {awa}.seen_ends select {awa}.seen_tick(), c.nonce, f.closer, {awa}.seen_micros(f.at), f.outcomes,
                f.members::text from fresh f join {awa}.claims_{k} c on c.lane = f.lane and c.no = f.no;
              return null;
            end $see$;
            create trigger see after insert on {awa}.closures_{k} referencing new table as fresh
              for each statement execute function {awa}.see_ends_{k}();
            """;
    private static final String OF_STORE = """
            create function {awa}.see_entries_{k}() returns trigger language plpgsql as $see$
            begin
              insert into {awa}.seen_entries select {awa}.seen_tick(), f.entry, f.origin, f.state, f.attempt,
                {awa}.seen_micros(f.due_at), {awa}.seen_errors(f.extras), f.lease from fresh f where f.state <> 'i';
              return null;
            end $see$;
            create trigger see after insert on {awa}.entries_{k} referencing new table as fresh
              for each statement execute function {awa}.see_entries_{k}();
            create function {awa}.see_endings_{k}() returns trigger language plpgsql as $see$
            begin
              insert into {awa}.seen_endings select {awa}.seen_tick(), f.entry, f.closer, {awa}.seen_micros(f.at), f.outcome
                from fresh f where not exists (select from {awa}.entries_{k} e where e.entry = f.entry and e.state = 'i');
              return null;
            end $see$;
            create trigger see after insert on {awa}.endings_{k} referencing new table as fresh
              for each statement execute function {awa}.see_endings_{k}();
            """;

    private WitnessSql() {}

    static String of(int children) {
        StringBuilder all = new StringBuilder(TABLES);
        for (int child = 0; child < children; child++) {
            all.append(OF_CHILD.replace("{k}", Integer.toString(child)));
        }
        for (int store = 0; store < STORES; store++) {
            all.append(OF_STORE.replace("{k}", Integer.toString(store)));
        }
        return all.toString();
    }
}
