package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Actions that bring a job back into the states of its unique key, against others who want that key, on two connections:
 * whoever comes second waits for the first one's end, and one of them has the key.
 */
class KeyActionRacesTest extends StorageTest {

    private static final int BURIED = Ask.ALWAYS | Ask.DEAD;
    private static final int EXHUMED = Ask.ALWAYS | Ask.FAILED;

    @ParameterizedTest
    @CsvSource({"retry, f, 22", "bury, f, 150", "exhume, d, 86"})
    void twoJobsOfOneKey(String op, char end, int states) {
        assertThat(states).isIn(Ask.ALWAYS, BURIED, EXHUMED);
        long first = ended(states, end);
        long second = ended(states, end);
        String before = Life.state(c, first);
        assertThat(rival(op, first, op, second, false).text("result")).isEqualTo("done");
        assertThat(Life.state(c, first)).as("rolled back").isEqualTo(before);
        String after = Life.state(c, second);
        assertThat(after).isNotEqualTo(before);
        // the other key's second job is the first one of the next race
        long third = ended(2, states, end);
        long fourth = ended(2, states, end);
        Row lost = rival(op, third, op, fourth, true);
        assertThat(lost.text("result")).isEqualTo("duplicate");
        assertThat(lost.number("other")).isEqualTo(third);
        assertThat(Life.state(c, third)).isEqualTo(after);
        assertThat(Life.state(c, fourth)).as("as it was").isEqualTo(before);
        check(first, second, third, fourth);
    }

    /** The action comes first. */
    @ParameterizedTest
    @CsvSource({"retry, f, 22", "bury, f, 150", "exhume, d, 86"})
    void theActionBeforeAnEnqueue(String op, char end, int states) {
        long id = ended(states, end);
        String before = Life.state(c, id);
        a.begin();
        assertThat(act(a, op, id).text("result")).isEqualTo("done");
        CompletableFuture<Ask> enqueued = Ask.sent(b, 1);
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.await(enqueued)).isEqualTo(new Ask(1, id));
        check(id);

        long other = ended(2, states, end);
        a.begin();
        assertThat(act(a, op, other).text("result")).isEqualTo("done");
        enqueued = Ask.sent(b, 2);
        c.untilBlocked(b);
        a.rollback();
        assertThat(Session.await(enqueued).stored()).isTrue();
        assertThat(Life.state(c, other)).isEqualTo(before);
        assertThat(act(c, op, other).text("result")).isEqualTo("duplicate");
    }

    /** The enqueue comes first. */
    @ParameterizedTest
    @CsvSource({"retry, f, 22", "bury, f, 150", "exhume, d, 86"})
    void theEnqueueBeforeAnAction(String op, char end, int states) {
        long id = ended(states, end);
        String before = Life.state(c, id);
        a.begin();
        Ask enqueued = Ask.job(a, 1);
        CompletableFuture<java.util.List<Row>> action = b.send(Life.call(op, "{}", id));
        c.untilBlocked(b);
        a.commit();
        Row lost = Session.await(action).get(0);
        assertThat(lost.text("result")).isEqualTo("duplicate");
        assertThat(lost.number("other")).isEqualTo(enqueued.id());
        assertThat(Life.state(c, id)).as("as it was").isEqualTo(before);

        long other = ended(2, states, end);
        a.begin();
        assertThat(Ask.job(a, 2).stored()).isTrue();
        action = b.send(Life.call(op, "{}", other));
        c.untilBlocked(b);
        a.rollback();
        assertThat(Session.await(action).get(0).text("result")).isEqualTo("done");
        assertThat(Ask.job(c, 2)).isEqualTo(new Ask(1, other));
        check(id, other);
    }

    /** Jobs of many keys in opposite orders: keys are locked in one order, so nobody waits in a circle. */
    @Test
    void manyKeysInOppositeOrders() {
        for (int round = 0; round < 5; round++) {
            long[] there = new long[20];
            long[] back = new long[20];
            for (int i = 0; i < 20; i++) {
                int key = round * 20 + i + 1;
                there[i] = ended(key, Ask.ALWAYS, 'f');
                back[19 - i] = ended(key, Ask.ALWAYS, 'f');
            }
            var one = a.send(Life.call("retry", "{}", there));
            var two = b.send(Life.call("retry", "{}", back));
            long done = Session.await(one).stream()
                            .filter(row -> row.text("result").equals("done"))
                            .count()
                    + Session.await(two).stream()
                            .filter(row -> row.text("result").equals("done"))
                            .count();
            assertThat(done).isEqualTo(20);
            check(there);
            check(back);
            Taken claim = a.claim(100);
            assertThat(claim.size()).isEqualTo(20);
            a.complete(claim);
        }
    }

    private Row rival(String op, long first, String other, long second, boolean commit) {
        a.begin();
        assertThat(act(a, op, first).text("result")).isEqualTo("done");
        CompletableFuture<java.util.List<Row>> rival = b.send(Life.call(other, "{}", second));
        c.untilBlocked(b);
        a.run(commit ? "commit" : "rollback");
        return Session.await(rival).get(0);
    }

    private static Row act(Session session, String op, long id) {
        return session.row(Life.call(op, "{}", id));
    }

    private long ended(int states, char end) {
        return ended(1, states, end);
    }

    /** A unique job that ended outside of its mask, so that it has given its key up. */
    private long ended(int key, int states, char end) {
        Taken left;
        do {
            left = c.claim(100);
            if (left.size() > 0) {
                c.complete(left);
            }
        } while (!left.status().equals("empty"));
        Ask job = Ask.job(c, key, states);
        assertThat(job.stored()).isTrue();
        Taken claim = c.claim(1);
        assertThat(claim.positions()).containsExactly(job.id());
        assertThat(Lives.end(c, claim, end, null)).isTrue();
        return job.id();
    }

    private void check(long... ids) {
        for (long id : ids) {
            Life.checkPlaces(c, id);
        }
    }
}
