package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What operators ask and do costs the same however much there is: completed jobs, a backlog, dead letters, promoted jobs.
 * Pages of the buffer pool, not times; an index that is five times as large may be a level deeper.
 */
class QueryCostsTest extends StorageTest {

    @Test
    void flat() {
        check(20_000, 100_000);
    }

    @Tag("soak")
    @Test
    void flatAtAMillion() {
        check(20_000, 1_000_000);
    }

    private void check(int few, int many) {
        load(few);
        measure(few);
        Map<String, Long> before = measure(few);
        load(many - few);
        measure(many);
        Map<String, Long> after = measure(many);
        System.out.println("pages with " + few + " of each: " + before);
        System.out.println("pages with " + many + " of each: " + after);
        before.forEach((what, pages) -> assertThat(after.get(what))
                .as("%s: %d pages with %d of each, now with %d", what, pages, few, many)
                .isLessThanOrEqualTo(pages + pages / 2 + 100));
    }

    /** n completed jobs of a claim each, n waiting ones, n dead letters, n promoted jobs, n scheduled ones. */
    private void load(int n) {
        int done = lane("done", 1);
        long base = a.number("select coalesce(max(no), 0) from claims_0 where lane = " + done);
        String first = "(" + ((long) done << 41) + " + " + base + " + i)";
        a.begin();
        a.run("select reserve(array[" + done + "], 1)");
        a.run("insert into jobs_0 (pos, kind, args) select " + first + ", 1, '{}' from generate_series(1, " + n
                + ") i");
        a.run("insert into claims_0 (no, nonce, high, judge, claimed_at, lane, worker, n, members, old, young) select "
                + base + " + i, 1, " + first + ", '3', now(), " + done + ", 1, 1, int8multirange(int8range(" + first
                + ", "
                + first + ", '[]')), '{}', '{}' from generate_series(1, " + n + ") i");
        a.run("insert into closures_0 (no, closer, at, lane, part, outcomes, members) select " + base
                + " + i, 1, now(), " + done + ", 1, 'c', '1' from generate_series(1, " + n + ") i");
        a.run("select setval('lane_" + done + "', " + (base + n) + ")");
        a.commit();
        Load.backlog(a, n);
        a.run(
                "with e as (insert into entries_0 (entry, origin, created_at, due_at, lane, kind, attempt, max_attempts, state,"
                        + " args) select nextval('entry_ids'), currval('entry_ids'), now(), now() - interval '1 hour'"
                        + " + i * interval '1 ms', 1, 1, 0, 25, 's', '{}' from generate_series(1, " + n
                        + ") i returning entry)"
                        + " insert into endings_0 (entry, closer, at, outcome) select entry, 1, now(), 'p' from e");
        a.run(
                "insert into entries_0 (entry, origin, created_at, due_at, lane, kind, attempt, max_attempts, state, args)"
                        + " select nextval('entry_ids'), currval('entry_ids'), now(), now() + interval '1 hour', 1, 1, 0, 25, 's',"
                        + " '{}' from generate_series(1, " + n + ") i");
        a.run("insert into entries_0 (entry, origin, created_at, until, lane, kind, attempt, max_attempts, state, args)"
                + " select nextval('entry_ids'), currval('entry_ids'), now(), now() + interval '1 day', 1, 1, 25, 25, 'd',"
                + " '{}' from generate_series(1, " + n + ") i");
    }

    private Map<String, Long> measure(int n) {
        int done = lane("done", 1);
        Map<String, Long> pages = new LinkedHashMap<>();
        String[] states = {"available", "running", "scheduled", "retrying", "failed", "dead", "cancelled", "completed"};
        for (String state : states) {
            pages.put(
                    "list " + state, pages("select * from jobs('{\"states\":[\"" + state + "\"]}', null, 100, 1000)"));
        }
        pages.put(
                "list of a tag",
                pages("select * from jobs('{\"states\":[\"dead\"],\"tag\":\"no\"}', null, 100, 1000)"));
        pages.put("list of a queue", pages("select * from jobs('{\"queue\":\"done\"}', null, 100, 1000)"));
        pages.put("job completed", pages("select * from job(" + (((long) done << 41) + n / 2) + ")"));
        pages.put("job waiting", pages("select * from job(" + ((1L << 41) + n / 2) + ")"));
        pages.put("timeline", pages("select * from timeline(" + (((long) done << 41) + n / 2) + ")"));
        // behind the ones to come: all that was promoted
        pages.put(
                "list scheduled, its history",
                pages(
                        "select * from jobs('{\"states\":[\"scheduled\"]}', '1:' || to_char(now() at time zone 'UTC',"
                                + " 'YYYYMMDD\"T\"HH24MISS.US\"Z\"') || '_0_' || (select last_value from entry_ids), 100, 1000)"));
        assertThat(a.number("select count(id) from jobs('{\"states\":[\"scheduled\"]}', null, 100, 1000)"))
                .as("found in the first page, behind newer entries of other states")
                .isEqualTo(100);
        pages.put("counts", pages("select * from counts(null, 10000)"));
        assertThat(pages.get("counts")).as("two ranges a state").isLessThan(3_000);
        pages.put("flow", pages("select * from flow('done')"));
        pages.put("flow of a backlog", pages("select * from flow('q')"));
        long dead = a.number("select max(origin) from entries_0 where state = 'd'");
        a.begin();
        pages.put("retry", pages(Life.call("retry", "{}", dead)));
        pages.put("cancel", pages(Life.call("cancel", "{}", (1L << 41) + n / 2)));
        pages.put("move", pages(Life.call("move", "{\"queue\":\"done\"}", (1L << 41) + n / 2 + 1)));
        pages.put("requested", pages("select * from requested(0, null, 100)"));
        a.rollback();
        return pages;
    }

    private long pages(String sql) {
        return Load.buffers(a, sql);
    }
}
