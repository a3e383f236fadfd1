package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How many there are, and whether that was all. */
class CountsTest extends StorageTest {

    /** Between what is available or running, and what waits or rests. */
    static final String MOVES_ON = "foreach v_state in array";

    /** Holes of rolled back producers, marks, jobs that come late into a hole: counted one by one. */
    @Test
    void availableIsExactDespiteHolesAndMarks() {
        a.enqueue(3);
        b.begin();
        b.enqueue(5);
        a.enqueue(4);
        b.rollback();
        c.begin();
        c.enqueue(2);
        a.enqueue(2);
        assertThat(counts(100)).containsEntry("q available", "9");
        a.claim(8);
        assertThat(a.number("select lane_depth(1)")).as("an upper bound").isGreaterThan(1);
        assertThat(counts(100)).containsEntry("q available", "1").containsEntry("q running", "8");
        c.commit();
        assertThat(counts(100)).containsEntry("q available", "3");
        a.cancel(13);
        assertThat(counts(100)).containsEntry("q available", "2");
        a.claim(100);
        assertThat(counts(100)).containsEntry("q available", "0").containsEntry("q running", "10");
    }

    @Test
    void beyondTheCap() {
        Load.backlog(a, 50);
        assertThat(counts(51)).containsEntry("q available", "50");
        assertThat(counts(50)).containsEntry("q available", "about 50");
        assertThat(counts(10)).containsEntry("q available", "about 50");
        Life life = Life.in(a, "q2");
        for (int i = 0; i < 6; i++) {
            life.job("dead");
            life.job("retrying");
        }
        Taken open = life.running();
        assertThat(counts(30))
                .containsEntry("q2 dead", "6")
                .containsEntry("q2 retrying", "6")
                .containsEntry("q2 running", "1");
        assertThat(counts(6))
                .containsEntry("q2 dead", "about 6")
                .containsEntry("q2 retrying", "about 6")
                .containsEntry("q2 running", "about 1");
        a.complete(open);
        assertThat(counts(30)).containsEntry("q2 running", "0");
    }

    /** None of those that were looked at: not known to be none. */
    @Test
    void behindMoreThanTheCapThatEnded() {
        Life life = Life.in(a, "q");
        long first = life.job("dead");
        for (int i = 0; i < 5; i++) {
            assertThat(life.act("delete", life.job("dead"))).isEqualTo("done");
        }
        assertThat(counts(100)).containsEntry("q dead", "1");
        assertThat(counts(5)).containsEntry("q dead", "about 0");
        assertThat(life.act("delete", first)).isEqualTo("done");
        assertThat(counts(100)).containsEntry("q dead", "0");
    }

    /** The newest store first; none of the others once the cap is reached. */
    @Test
    void overSeveralStores() {
        dead(0, 1, 20);
        a.run("insert into stores (store, child) values (2, 1)");
        dead(1, 1, 20);
        // far apart, so that endings are looked for one by one
        dead(1, 100, 20);
        assertThat(counts(100)).containsEntry("q dead", "30");
        assertThat(counts(40)).containsEntry("q dead", "about 20");
    }

    /** N1: a job that is promoted between the counts of two states. */
    @ParameterizedTest
    @CsvSource({"read committed, 0", "repeatable read, 1"})
    void aJobThatMovesOnMeanwhile(String isolation, int seen) {
        Entered.add(a, "z", -1);
        Gate gate = Gate.before(c, "counts", MOVES_ON).shut();
        a.begin(isolation);
        var count = a.send("select coalesce(sum(n), 0) as answer from counts(null, 100)");
        b.untilBlocked(a);
        assertThat(Entered.promote(b, 0)).isEqualTo(1);
        gate.open();
        assertThat(Session.await(count).get(0).number("answer")).isEqualTo(seen);
        a.rollback();
        assertThat(counts(100)).containsEntry("q available", "1");
    }

    /** N2: a carried job's copy is too young for a snapshot for which the old one is gone. */
    @Test
    void anAnswerThatMayHaveMetATruncateIsVoid() {
        Entered.add(a, "s", 3_600_000);
        String read = "select n from counts(null, 100) where queue is null";
        b.begin("repeatable read");
        assertThat(b.rows(read)).isEmpty();
        b.rollback();
        assertThat(Entered.rotate(a)).isEqualTo("Rotated");
        b.begin("repeatable read");
        b.text("select 'the snapshot is taken'");
        assertThat(Entered.reclaim(a, 1)).isEqualTo("Pruned");
        assertThat(b.rows(read)).hasSize(1);
        b.rollback();
        assertThat(b.rows(read)).isEmpty();
        assertThat(counts(100)).containsEntry("q scheduled", "1");
    }

    /** n dead letters, each second one of them purged. */
    private void dead(int store, int apart, int n) {
        a.run("with e as (insert into entries_" + store
                + " (entry, origin, created_at, until, lane, kind, attempt, max_attempts, state, args)"
                + " select nextval('entry_ids') * " + apart + ", 0, now(), now(), 1, 1, 25, 25, 'd', '{}'"
                + " from generate_series(1, " + n + ") returning entry)"
                + " insert into endings_" + store + " (entry, closer, at, outcome) select entry, 1, now(), 'g' from"
                + " (select entry, row_number() over (order by entry) as i from e) x where i % 2 = 0");
    }

    private Map<String, String> counts(int cap) {
        return a.rows("select * from counts(null, " + cap + ")").stream()
                .collect(Collectors.toMap(
                        row -> row.text("queue") + " " + row.text("state"),
                        row -> (row.flag("exact") ? "" : "about ") + row.number("n")));
    }
}
