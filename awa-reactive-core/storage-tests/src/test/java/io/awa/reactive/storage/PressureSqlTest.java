package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What slows producers: how much waits, as the database counts it. */
class PressureSqlTest extends StorageTest {

    /** B1. The depth that operators see counts such holes until a later claim has proven them dead. */
    @Test
    void whatProducersAbortedIsGoneWhenTheLastJobIsClaimed() {
        a.enqueue(5);
        b.begin();
        b.enqueue(1_000);
        a.enqueue(5);
        b.rollback();
        assertThat(depth()).as("an upper bound").isEqualTo(1_010);

        assertThat(a.claim(100).positions()).hasSize(10);

        assertThat(c.number("select depth from depth('q')"))
                .as("the operators'")
                .isEqualTo(1_000);
        assertThat(depth()).isZero();
    }

    /** Jobs in a hole count again when their producer commits. */
    @Test
    void aLateCommitIsSeen() {
        b.begin();
        b.enqueue(7);
        a.enqueue(3);
        assertThat(a.claim(100).positions()).hasSize(3);
        assertThat(depth()).isZero();

        b.commit();

        assertThat(depth()).isEqualTo(7);
        assertThat(a.claim(100).positions()).hasSize(7);
        assertThat(depth()).isZero();
    }

    @Test
    void releasedAndCancelledJobsAreCountedOnceAndNotAtAll() {
        a.enqueue(5);
        Taken claim = a.claim(4);
        assertThat(depth()).isEqualTo(1);
        a.release(claim, 1, 2);
        assertThat(depth()).isEqualTo(3);

        assertThat(a.cancel(2)).hasSize(1);
        assertThat(depth()).as("cancelled in a hole").isEqualTo(2);
        a.cancel(5);
        a.claim(10);
        assertThat(depth()).isZero();
    }

    /** Every job that leaves adds one to what has passed, over the segments; the highest value of a lane counts. */
    @Test
    void whatHasPassedGrowsByWhatLeaves() {
        long before = passed();
        a.enqueue(100);
        assertThat(passed() - before).isZero();
        a.claim(30);
        assertThat(passed() - before).isEqualTo(30);
        b.rotate();
        a.enqueue(10);
        a.claim(70);
        a.claim(70);
        assertThat(a.claim(70).status()).isEqualTo("empty");
        assertThat(passed() - before).isEqualTo(110);
        assertThat(depth()).isZero();
    }

    @Test
    void allPrioritiesOfAQueueAndNoOther() {
        int low = lane("q", 4);
        int other = lane("other", 1);
        a.enqueue(2);
        a.put(low, 3);
        a.put(other, 9);
        List<Row> rows = c.rows("select * from pressure('q')");
        assertThat(rows).extracting(row -> row.number("depth")).containsExactlyInAnyOrder(2L, 3L);
        assertThat(c.rows("select * from pressure('unknown')")).isEmpty();
    }

    /** Many looks a second: the same few pages with a backlog, with a long history, and with many holes. */
    @Test
    void aLookCostsAFewPages() {
        a.enqueue(50);
        a.claim(10);
        long few = pages();
        for (int i = 0; i < 20; i++) {
            a.enqueue(2_000);
        }
        for (int i = 0; i < 40; i++) {
            a.claim(20);
        }
        assertThat(pages()).as("few: %s", few).isLessThan(few + 40);
        Taken all = a.claim(10_000);
        a.release(all);
        assertThat(c.number("select sum(depth) from pressure('q')")).isEqualTo(40_050 - 10 - 40 * 20);
        assertThat(pages()).as("more holes than are counted").isLessThan(1_000);
    }

    /** Put aside for their key they are in no lane, and are told; given a place they are in their lane again. */
    @Test
    void whoWaitsForAKeyIsCountedApart() {
        Keyed keyed = new Keyed(a);
        int other = lane("other", 1);
        assertThat(gated()).isZero();
        keyed.put(1, Keyed.times(6, "a"));
        keyed.put(1, "", "b");
        keyed.put(other, Keyed.times(3, "c"));
        assertThat(depth()).isEqualTo(8);
        Taken taken = keyed.take(1, 10);
        keyed.take(2, 10);
        assertThat(taken.size()).isEqualTo(3);
        assertThat(depth()).isZero();
        assertThat(gated()).as("of its own queue").isEqualTo(5);
        assertThat(c.number("select gated('other')")).isEqualTo(2);
        assertThat(c.number("select gated('unknown')")).isZero();

        a.complete(taken);
        assertThat(keyed.grant("a")).isEqualTo(1);
        assertThat(depth()).isEqualTo(1);
        assertThat(gated()).isEqualTo(4);
        a.run("select act('cancel', array[" + keyed.waiting("a").get(0) + "], '{}', -1, false)");
        assertThat(gated()).as("cancelled while it waits").isEqualTo(3);
    }

    /** However many wait, or have waited, so many are looked at and no more. */
    @Test
    void aLookAtThoseWhoWaitIsBounded() {
        a.run(
                "select add_entries(array(select row(null, null, null, null, null, 1, 1, null, 0, 25, null, 'k', null, null,"
                        + " '{}', '{\"concurrency_key\": \"a\", \"ticket\": 1}')::new_entry from generate_series(1, 30000) i))");
        assertThat(gated()).isEqualTo(4_096);
        assertThat(Load.buffers(c, "select gated('q')")).isLessThan(2_500);
        a.run("insert into endings_0 (entry, closer, at, outcome) select entry, 1, now(), 'p' from entries_0"
                + " order by entry limit 29990");
        assertThat(gated()).isEqualTo(10);
        assertThat(Load.buffers(c, "select gated('q')")).isLessThan(2_500);
    }

    private long gated() {
        return c.number("select gated('q')");
    }

    private long depth() {
        return c.number("select sum(depth) from pressure('q')");
    }

    private long passed() {
        return c.number("select sum(passed) from pressure('q')");
    }

    private long pages() {
        c.rows("select * from pressure('q')");
        return Load.buffers(c, "select * from pressure('q')");
    }
}
