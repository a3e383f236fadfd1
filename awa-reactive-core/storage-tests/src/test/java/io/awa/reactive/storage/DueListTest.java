package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Lists of what waits for its time: the latest first, over all stores, page by page. */
class DueListTest extends StorageTest {

    @Test
    void latestFirstPageByPage() {
        Life life = Life.in(a, "q");
        List<Long> expected = new ArrayList<>();
        for (int hours : List.of(2, 500, 9)) {
            expected.add(life.scheduled("interval '" + hours + " hours'"));
        }
        life.job("snoozed");
        long retrying = life.job("retrying");
        long far = life.scheduled("interval '7000 years'");
        assertThat(walk("scheduled", 1, 1000)).containsExactly(far, expected.get(1), expected.get(2), expected.get(0));
        assertThat(walk("retrying", 1, 1000)).containsExactly(retrying);
        // a page that finds nothing has a cursor all the same
        assertThat(walk("scheduled", 100, 1)).containsExactly(far, expected.get(1), expected.get(2), expected.get(0));
    }

    /** A thousand of one moment, in several stores. */
    @Test
    void ofOneMoment() {
        a.run(
                "insert into entries_0 (entry, origin, created_at, due_at, lane, kind, attempt, max_attempts, state, args)"
                        + " select nextval('entry_ids'), currval('entry_ids'), now(), '2200-01-01', 1, 1, 0, 25, 's', '{}'"
                        + " from generate_series(1, 700)");
        a.run(
                "insert into entries_1 (entry, origin, created_at, due_at, lane, kind, attempt, max_attempts, state, args)"
                        + " select nextval('entry_ids'), currval('entry_ids'), now(), '2200-01-01', 1, 1, 0, 25, 's', '{}'"
                        + " from generate_series(1, 300)");
        List<Long> all = walk("scheduled", 64, 100);
        assertThat(all).hasSize(1_000).doesNotHaveDuplicates();
        assertThat(all).isSortedAccordingTo((x, y) -> Long.compare(y, x));
    }

    /** What an action makes due again while the list is walked is not met a second time. */
    @Test
    void whatComesAnewIsNotMet() {
        Life life = Life.in(a, "q");
        for (int i = 0; i < 10; i++) {
            life.scheduled("interval '1 hour'");
        }
        long overdue = life.scheduled("interval '-1 hour'");
        List<Long> met = new ArrayList<>();
        String cursor = null;
        do {
            String[] next = {null};
            for (Row row : page("scheduled", cursor, 3, 1000)) {
                if (row.isNull("id")) {
                    next[0] = row.isNull("cursor") ? null : row.text("cursor");
                } else {
                    met.add(row.number("id"));
                    assertThat(life.act("retry", row.number("id"))).isEqualTo("done");
                }
            }
            cursor = next[0];
        } while (cursor != null);
        assertThat(met).hasSize(11).doesNotHaveDuplicates().contains(overdue);
    }

    /** Behind any number of newer ones of other states it is found with the first page. */
    @Test
    void behindManyNewerOnes() {
        long id = Life.in(a, "q").scheduled("interval '2 hours'");
        a.run("insert into entries_0 (entry, origin, created_at, until, lane, kind, attempt, max_attempts, state, args)"
                + " select nextval('entry_ids'), currval('entry_ids'), now(), now() + interval '1 day', 1, 1, 25, 25, 'd',"
                + " '{}' from generate_series(1, 5000)");
        a.run(
                "with e as (insert into entries_0 (entry, origin, created_at, due_at, lane, kind, attempt, max_attempts, state,"
                        + " args) select nextval('entry_ids'), currval('entry_ids'), now(), now(), 1, 1, 0, 25, 't', '{}'"
                        + " from generate_series(1, 5000) i returning entry)"
                        + " insert into endings_0 (entry, closer, at, outcome) select entry, 1, now(), 'p' from e");
        assertThat(page("scheduled", null, 100, 1000).get(0).number("id")).isEqualTo(id);
    }

    private List<Long> walk(String state, int limit, int scan) {
        List<Long> ids = new ArrayList<>();
        String cursor = null;
        do {
            String next = null;
            for (Row row : page(state, cursor, limit, scan)) {
                if (!row.isNull("id")) {
                    ids.add(row.number("id"));
                } else if (!row.isNull("cursor")) {
                    next = row.text("cursor");
                }
            }
            cursor = next;
        } while (cursor != null);
        return ids;
    }

    private List<Row> page(String state, String cursor, int limit, int scan) {
        return a.rows("select id, cursor from jobs('{\"states\":[\"" + state + "\"]}', "
                + (cursor == null ? "null" : "'" + cursor + "'") + ", " + limit + ", " + scan + ")");
    }
}
