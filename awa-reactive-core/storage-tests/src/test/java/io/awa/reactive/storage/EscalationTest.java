package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A prune that may wait a moment. Readers come and go such that one is always there: a try that does not wait never wins.
 * While one waits, whoever comes waits behind it, and no longer than it may.
 */
class EscalationTest extends StorageTest {

    private static final int BOUND = 6_000;
    private static final String READ = "select count(*) from jobs_0";

    @Test
    void shortReadersStarveWhoDoesNotWaitAndNotWhoDoes() {
        finished();
        Session first = a;
        Session second = b;
        read(first);
        for (int i = 0; i < 20; i++) {
            assertThat(outcome(c, 0)).isEqualTo("Blocked jobs_0");
            read(second);
            first.commit();
            Session done = first;
            first = second;
            second = done;
        }
        var prune = c.send("select outcome from prune(1, interval '0', 20000)");
        second.untilBlocked(c);
        // The next short reader comes while the one before is still there, and waits behind the prune.
        second.begin();
        var reader = second.send(READ);
        Session observer = session();
        observer.untilBlocked(second);
        first.commit();
        assertThat(Session.await(prune).get(0).first()).isEqualTo("Pruned");
        assertThat(Session.await(reader).get(0).number("count")).isZero();
        second.commit();
    }

    /** A reader that stays: the wait ends at its bound, and so does that of whoever came meanwhile. */
    @Test
    void nobodyWaitsLongerThanThePruneMay() {
        finished();
        read(a);
        Session observer = session();
        long began = System.nanoTime();
        var prune = c.send("select concat_ws(' ', outcome, relation) from prune(1, interval '0', " + BOUND + ")");
        observer.untilBlocked(c);
        var reader = b.send(READ);
        assertThat(Session.await(reader)).hasSize(1);
        Duration waited = Duration.ofNanos(System.nanoTime() - began);
        assertThat(Session.await(prune).get(0).first()).isEqualTo("Blocked jobs_0");
        assertThat(waited).isLessThan(Duration.ofMillis(4L * BOUND));
        assertThat(observer.number("select count(*) from pg_locks where not granted and pid in (" + a.pid() + ", "
                        + b.pid() + ", " + c.pid() + ")"))
                .isZero();
        a.commit();
        assertThat(outcome(c, 0)).isEqualTo("Pruned");
    }

    /** The bound is for all four tables together: what was spent on the first is not there for the last. */
    @Test
    void theBoundIsOne() {
        finished();
        Session observer = session();
        read(a);
        b.begin();
        b.run("select count(*) from closures_0");
        long began = System.nanoTime();
        var prune = c.send("select concat_ws(' ', outcome, relation) from prune(1, interval '0', 8000)");
        observer.untilBlocked(c);
        observer.run("select pg_sleep(5)");
        a.commit();
        assertThat(Session.await(prune).get(0).first()).isEqualTo("Blocked closures_0");
        // Each table for itself would be 13 s.
        assertThat(Duration.ofNanos(System.nanoTime() - began))
                .isBetween(Duration.ofMillis(7_900), Duration.ofMillis(12_800));
        b.commit();
    }

    @Test
    void theSessionHasItsOwnLimitBack() {
        finished();
        c.run("set lock_timeout = '7s'");
        c.begin();
        read(a);
        assertThat(outcome(c, 20)).isEqualTo("Blocked jobs_0");
        assertThat(c.text("show lock_timeout")).isEqualTo("7s");
        a.commit();
        assertThat(outcome(c, 20)).isEqualTo("Pruned");
        assertThat(c.text("show lock_timeout")).isEqualTo("7s");
        c.commit();
    }

    /** A refused lock is an outcome; whatever else goes wrong is an error, with its own code. */
    @Test
    void otherErrorsStayErrors() {
        finished();
        a.run("create function no() returns trigger language plpgsql as 'begin raise exception ''no''; end'");
        a.run("create trigger no before truncate on jobs_0 execute function no()");
        assertThat(c.refusal("select outcome from prune(1, interval '0')")).isEqualTo("P0001");
        assertThat(c.refusal("select outcome from prune(1, interval '0', 20)")).isEqualTo("P0001");
        assertThat(a.number("select count(*) from generations where segment = 1 and reclaimed_at is null"))
                .isEqualTo(1);
    }

    @Test
    void whoHoldsTheLockIsNamed() {
        finished();
        b.run("set application_name = 'the reporter'");
        read(b);
        List<Row> holders = c.rows("select * from lock_holders('jobs_0', true)");
        assertThat(holders).hasSize(1);
        assertThat(holders.get(0).number("pid")).isEqualTo(b.pid());
        assertThat(holders.get(0).text("application")).isEqualTo("the reporter");
        assertThat(holders.get(0).text("state")).isEqualTo("idle in transaction");
        assertThat(holders.get(0).number("xact_ms")).isBetween(0L, 60_000L);
        assertThat(holders.get(0).text("query")).isEqualTo(READ);
        // A reader is not in a seal's way.
        assertThat(c.rows("select * from lock_holders('jobs_0', false)")).isEmpty();
        b.run("select '" + "x".repeat(500) + "'");
        assertThat(c.row("select length(query) as n from lock_holders('jobs_0', true)")
                        .number("n"))
                .isEqualTo(60);
        b.commit();
        b.begin();
        b.enqueue(1);
        assertThat(c.rows("select * from lock_holders('jobs_1', false)")).hasSize(1);
        b.commit();
    }

    @Test
    void whoHoldsTheHorizonIsNamed() {
        b.run("set application_name = 'the long one'");
        b.begin("repeatable read");
        for (int i = 0; i < 5; i++) {
            a.enqueue(1);
        }
        List<Row> found = c.rows("select * from horizon(0)");
        assertThat(found.get(0).isNull("pid")).isTrue();
        assertThat(found.get(0).number("xids")).isGreaterThanOrEqualTo(5);
        assertThat(found.stream().skip(1).map(row -> row.text("application"))).contains("the long one");
        assertThat(c.rows("select * from horizon(3600000)").stream().skip(1).map(row -> row.text("application")))
                .doesNotContain("the long one");
        b.commit();
    }

    @Test
    void whatKeepsSegmentsIsNamed() {
        finished();
        a.enqueue(1);
        a.rotate();
        a.seal(2);
        assertThat(reasons()).containsExactly("1 finished retained", "2 sealed available");
        Taken open = a.claim(1);
        a.exhaust(1);
        a.enqueue(1);
        a.rotate();
        assertThat(open.size()).isEqualTo(1);
        assertThat(reasons()).containsExactly("1 finished retained", "2 sealed open", "3 closing blocked");
    }

    private List<String> reasons() {
        return a.texts("select concat_ws(' ', number, state, reason) from busy_segments()");
    }

    private static String outcome(Session session, int waits) {
        return session.text("select concat_ws(' ', outcome, relation) from prune(1, interval '0', " + waits + ")");
    }

    private static void read(Session session) {
        session.begin();
        session.run(READ);
    }

    private void finished() {
        a.enqueue(2);
        a.complete(a.claim(3));
        a.rotate();
        a.seal(1);
        a.exhaust(1);
        assertThat(a.finish(1)).isEqualTo("Finished");
    }
}
