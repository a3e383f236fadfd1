package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When a claim is refused, what it skips, which lane it prefers, and what it may not write. */
class ClaimRulesTest extends StorageTest {

    @ParameterizedTest
    @ValueSource(strings = {"repeatable read", "serializable"})
    void otherIsolationLevelsAreRefused(String isolation) {
        a.enqueue(1);
        a.begin(isolation);
        assertThat(a.refusal(Session.claimCall(1, 1, 1))).isEqualTo("25001");
        a.rollback();
    }

    /** Trap 1: an xid assigned before the scan would be a judge too old. */
    @Test
    void aTransactionThatHasWrittenIsRefused() {
        a.enqueue(2);
        a.begin();
        a.run("select pg_current_xact_id()");
        assertThat(a.refusal(Session.claimCall(1, 1, 1))).isEqualTo("25001");
        a.rollback();
        a.begin();
        assertThat(a.claim(1).size()).isEqualTo(1);
        assertThat(a.refusal(Session.claimCall(1, 1, 1))).isEqualTo("25001");
        a.rollback();
        a.begin();
        a.enqueue(1);
        assertThat(a.refusal("select exhaust(1, 1)")).isEqualTo("25001");
        a.rollback();
        assertThat(a.claimAll()).containsExactly(1, 2);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 32768, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void theNumberIsChecked(int n) {
        assertThat(a.refusal(Session.claimCall(1, n, 1))).isEqualTo("22023");
    }

    @Test
    void theLargestNumberWorks() {
        a.enqueue(3);
        assertThat(a.claim(32767).seqs()).containsExactly(1, 2, 3);
        assertThat(a.claim(77, 1, 1).status()).isEqualTo("empty");
    }

    @Test
    void aPausedQueueOffersNothing() {
        a.enqueue(1);
        a.run("select pause('q', 'me')");
        assertThat(a.claim(1).status()).isEqualTo("paused");
        a.rotate();
        a.seal(1);
        assertThat(a.exhaust(1)).isEqualTo("available");
        a.run("select resume('q')");
        assertThat(a.claimAll()).containsExactly(1);
    }

    /** Trap 19: no xid and no WAL over 1,000 polls, with holes, sealed segments and lanes. */
    @Test
    void anEmptyPollWritesNothing() {
        lane("q", 2);
        a.enqueue(1);
        a.complete(a.claim(1));
        a.rotate();
        a.seal(1);
        assertThat(a.claimAll()).isEmpty();
        b.begin();
        b.enqueue(1);
        a.enqueue(1);
        assertThat(a.claim(5).seqs()).containsExactly(3);
        a.begin();
        assertThat(a.claim(5).status()).isEqualTo("empty");
        assertThat(a.row("select pg_current_xact_id_if_assigned() as x").isNull("x"))
                .isTrue();
        a.commit();
        // Others of the server may write a little: the best of a few tries counts.
        long least = LongStream.generate(this::walOfAThousandPolls)
                .limit(5)
                .takeWhile(bytes -> bytes > 0)
                .count();
        assertThat(least).as("tries that saw WAL").isLessThan(5);
        b.commit();
    }

    /** Trap 12: one cancelled job at the head. */
    @Test
    void marksComeBeforeTheLimit() {
        a.enqueue(5);
        a.cancel(1, 2);
        assertThat(a.claim(1).seqs()).containsExactly(3);
        a.cancel(5);
        assertThat(a.claimAll()).containsExactly(4);
    }

    /** Trap 12: the last job of an idle lane is cancelled; its segment is reclaimed all the same. */
    @Test
    void anIdleLaneWhoseLastJobIsCancelled() {
        a.enqueue(2);
        a.complete(a.claim(1));
        a.cancel(2);
        a.run("select pause('q', 'me')");
        a.rotate();
        a.seal(1);
        assertThat(a.finish(1)).isEqualTo("available");
        assertThat(a.text("select unexhausted(1)::text")).isEqualTo("{1}");
        assertThat(a.exhaust(1)).isEqualTo("again");
        assertThat(a.finish(1)).isEqualTo("Finished");
        assertThat(a.prune(1)).isEqualTo("Pruned");
    }

    /** D5: a head 30 days old. */
    @ParameterizedTest
    @ValueSource(doubles = {60, 0.001, 0, 1e300})
    void agingDoesNotOverflow(double seconds) {
        int low = lane("q", 4);
        a.run("update queues set aging_seconds = " + seconds);
        a.begin();
        long position = a.row("select * from reserve(array[" + low + "], 1)")
                .longs("positions")
                .get(0);
        a.run("insert into jobs_0 (pos, kind, args, available_at) values (" + position
                + ", 1, '{}', now() - interval '30 days')");
        a.commit();
        a.enqueue(1);
        long first = seconds == 60 || seconds == 0.001 ? low : 1;
        assertThat(a.claim(1).lane()).isEqualTo(first);
        assertThat(a.claim(1).size()).isEqualTo(1);
        assertThat(a.claim(1).status()).isEqualTo("empty");
    }

    @Test
    void prioritiesDecideAmongFreshJobs() {
        Map<Integer, Integer> lanes = Map.of(2, lane("q", 2), 3, lane("q", 3), 4, lane("q", 4));
        a.put(lanes.get(4), 2);
        a.put(lanes.get(3), 2);
        a.put(lanes.get(2), 2);
        a.enqueue(2);
        for (int priority = 1; priority <= 4; priority++) {
            long lane = priority == 1 ? 1 : lanes.get(priority);
            for (int i = 1; i <= 2; i++) {
                Taken taken = a.claim(1);
                assertThat(taken.lane()).isEqualTo(lane);
                assertThat(taken.seqs()).containsExactly(i);
                assertThat(taken.more()).isTrue();
            }
        }
    }

    /** A wait of one aging step lifts a job by one priority, never above the best; among equals the older head. */
    @Test
    void agingLiftsOneStepAtATime() {
        int low = lane("q", 4);
        int middle = lane("q", 2);
        old(low, 119);
        fresh(middle);
        assertThat(a.claim(1).lane()).isEqualTo(middle);
        old(low, 0);
        fresh(middle);
        assertThat(a.claim(1).lane()).as("the head decides, 119 s old").isEqualTo(middle);
        a.claim(9);
        old(low, 121);
        fresh(middle);
        assertThat(a.claim(1).lane()).isEqualTo(low);
        a.claim(9);
        old(low, 10_000);
        old(1, 20_000);
        assertThat(a.claim(1).lane()).as("never above the best").isEqualTo(1);
        assertThat(a.claim(1).lane()).isEqualTo(low);
    }

    private long walOfAThousandPolls() {
        String before = c.text("select pg_current_wal_insert_lsn()");
        for (int i = 0; i < 1_000; i++) {
            a.run(Session.claimCall(1, 5, i));
        }
        return c.number("select (pg_current_wal_insert_lsn() - '" + before + "')::bigint");
    }

    private void fresh(int lane) {
        a.put(lane, 1);
    }

    private void old(int lane, int seconds) {
        a.begin();
        long position = a.row("select * from reserve(array[" + lane + "], 1)")
                .longs("positions")
                .get(0);
        a.run("insert into jobs_0 (pos, kind, args, available_at) values (" + position
                + ", 1, '{}', clock_timestamp() - interval '1 s' * " + seconds + ")");
        a.commit();
    }
}
