package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two who ask for one key: whoever comes second waits for the first one's end, and never is there more than one job. */
class UniqueRacesTest extends StorageTest {

    @Test
    void theSecondIsADuplicateOnceTheFirstIsCommitted() {
        a.begin();
        Ask first = Ask.job(a, 1);
        CompletableFuture<Ask> second = Ask.sent(b, 1);
        c.untilBlocked(b);
        assertThat(Ask.job(c, 2).stored()).as("another key").isTrue();
        a.commit();
        assertThat(Session.await(second).duplicateOf(first)).isTrue();
        assertThat(jobs(1)).isEqualTo(1);
    }

    @Test
    void theSecondIsStoredIfTheFirstIsRolledBack() {
        a.begin();
        Ask first = Ask.job(a, 1);
        CompletableFuture<Ask> second = Ask.sent(b, 1);
        c.untilBlocked(b);
        a.rollback();
        Ask winner = Session.await(second);
        assertThat(winner.stored()).isTrue();
        assertThat(winner.id()).isNotEqualTo(first.id());
        assertThat(Ask.job(a, 1).duplicateOf(winner)).isTrue();
    }

    /** The window between the lock and the look: who committed in between is seen. */
    @Test
    void aCommitBetweenCallAndLockIsSeen() {
        Gate gate = Gate.before(c, "ask_for", "v_got := ").shut();
        CompletableFuture<Ask> late = Ask.sent(a, 1);
        b.untilBlocked(a);
        CompletableFuture<Ask> other = Ask.sent(b, 1);
        session().untilBlocked(b);
        gate.open();
        List<Ask> asks = List.of(Session.await(late), Session.await(other));
        assertThat(asks).extracting(Ask::fate).containsExactlyInAnyOrder(0, 1);
        assertThat(asks).extracting(Ask::id).containsOnly(asks.get(0).id());
    }

    /** As long as the transaction is open whoever must not wait is told so. */
    @Test
    void whoMustNotWaitIsToldBusy() {
        a.begin();
        Ask first = Ask.job(a, 1);
        assertThat(Ask.of(b.rows(Ask.call(1, Ask.DEFAULT, null, false)))).isEqualTo(new Ask(2, 0));
        assertThat(b.row(
                                "select ids[1] is null as none, ids[2] is not null as some, fates from submit(array[1], array[1],"
                                        + " array[25], array['{}', '{}'], null, null, null, array['" + Ask.key(1)
                                        + "', null]::uuid[], array[575, null], false, false)")
                        .longs("fates"))
                .containsExactly(2L, 0L);
        a.commit();
        assertThat(Ask.of(b.rows(Ask.call(1, Ask.DEFAULT, null, false))).duplicateOf(first))
                .isTrue();
    }

    /** Advisory locks of lanes, leadership and rates are other numbers: a leader has his for days. */
    @Test
    void noKeyHasTheLockOfSomethingElse() {
        assertThat(a.number("select max(key_lock(gen_random_uuid())) from generate_series(1, 1000)"))
                .isLessThan(-(1L << 30));
        assertThat(a.number("select count(distinct key_lock(gen_random_uuid())) from generate_series(1, 1000)"))
                .isGreaterThan(990);
    }

    @Test
    void sixteenAtOnce() {
        List<Session> sessions = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            sessions.add(session());
        }
        for (int round = 1; round <= 20; round++) {
            int key = round;
            List<Ask> asks = sessions.stream().map(session -> Ask.sent(session, key)).toList().stream()
                    .map(Session::await)
                    .toList();
            assertThat(asks).filteredOn(Ask::stored).hasSize(1);
            assertThat(asks).extracting(Ask::id).containsOnly(asks.get(0).id());
        }
        assertThat(a.number("select count(*) from keys_0")).isEqualTo(20);
    }

    @Test
    void aSavepointGivesTheKeyBack() {
        a.begin();
        a.run("savepoint s");
        Ask.job(a, 1);
        a.run("rollback to savepoint s");
        Ask other = Ask.job(b, 1);
        assertThat(other.stored()).isTrue();
        assertThat(Ask.job(a, 1).duplicateOf(other)).isTrue();
        a.commit();
    }

    @Test
    void theSameTransactionSeesItsOwn() {
        a.begin("serializable");
        Ask first = Ask.job(a, 1);
        assertThat(Ask.job(a, 1).duplicateOf(first)).isTrue();
        a.commit();
        assertThat(Ask.job(b, 1).duplicateOf(first)).isTrue();
    }

    /** Keys in opposite orders: both lock in the order of the lock's number. */
    @Test
    void chunksInOppositeOrdersDoNotDeadlock() {
        String up = bulk(1, 200);
        String down = bulk(200, 1);
        for (int i = 0; i < 10; i++) {
            CompletableFuture<List<Row>> one = a.send(i % 2 == 0 ? up : down);
            CompletableFuture<List<Row>> two = b.send(i % 2 == 0 ? down : up);
            long stored = Session.await(one).get(0).number("stored")
                    + Session.await(two).get(0).number("stored");
            assertThat(stored).isEqualTo(i == 0 ? 200 : 0);
        }
        assertThat(c.refusal(bulk(1, 1025))).isEqualTo("54000");
    }

    /** An old snapshot does not show who took the key since: an error, or the right answer, never two jobs. */
    @ParameterizedTest
    @ValueSource(strings = {"repeatable read", "serializable"})
    void anOldSnapshotNeverMakesTwo(String isolation) {
        a.begin(isolation);
        Ask first = Ask.job(b, 1);
        assertThat(a.refusal(Ask.call(1, Ask.DEFAULT, null, true))).isEqualTo("40001");
        a.rollback();
        a.begin(isolation);
        assertThat(Ask.job(a, 1).duplicateOf(first)).isTrue();
        assertThat(Ask.job(a, 2).stored()).as("a key that nobody has").isTrue();
        a.commit();
        assertThat(jobs(1)).isEqualTo(1);
    }

    /** While it waits for the lock its snapshot gets old. */
    @Test
    void aSnapshotThatAgesAtTheLock() {
        a.begin();
        Ask.job(a, 1);
        b.begin("repeatable read");
        CompletableFuture<List<Row>> second = b.send(Ask.call(1, Ask.DEFAULT, null, true));
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.refusal(second)).isEqualTo("40001");
        b.rollback();
    }

    /** The holder of the old snapshot ended, and another one took the key since. */
    @Test
    void anOldSnapshotThatShowsAnEndedHolder() {
        Ask.job(a, 1, Ask.ALWAYS);
        a.complete(a.claim(1));
        b.begin("repeatable read");
        Ask second = Ask.job(c, 1, Ask.ALWAYS);
        assertThat(second.stored()).isTrue();
        assertThat(b.refusal(Ask.call(1, Ask.ALWAYS, null, true))).isEqualTo("40001");
        b.rollback();
    }

    /** A retrying job whose mask lets its key go, promoted since: the promotion made a new version. */
    @Test
    void anOldSnapshotThatShowsAJobOutsideOfItsMask() {
        Ask job = Ask.job(a, 1, Ask.ALWAYS);
        Lives.end(a, a.claim(1), 't', 0);
        b.begin("repeatable read");
        assertThat(Lives.promote(a, 0)).isEqualTo(1);
        assertThat(b.refusal(Ask.call(1, Ask.ALWAYS, null, true))).isEqualTo("40001");
        b.rollback();
        assertThat(Ask.job(b, 1, Ask.ALWAYS).duplicateOf(job)).isTrue();
    }

    /** Nothing of the library's is held until the caller's end but the key and the store it writes to. */
    @Test
    void anOpenDuplicateHoldsUpNoReclaim() {
        Ask.job(a, 1);
        a.complete(a.claim(1));
        b.begin();
        assertThat(Ask.job(b, 1).fate()).isEqualTo(1);
        assertThat(b.texts("select relname from pg_locks l join pg_class c on c.oid = l.relation where pid = " + b.pid()
                        + " and relname ~ '^(jobs|claims|closures|marks|entries|endings|keys)_[0-9]+$'"))
                .isEmpty();
        a.rotate();
        assertThat(a.reclaim(1)).isEqualTo("Pruned");
        b.commit();
    }

    private long jobs(int key) {
        return a.number("select count(*) from jobs_0 where key = '" + Ask.key(key) + "'");
    }

    private static String bulk(int from, int to) {
        int step = from < to ? 1 : -1;
        return "select (select count(*) from unnest(fates) f where f = 0) as stored from (select array_agg(('00000000-0000-"
                + "4000-8000-' || lpad(to_hex(i * 7919), 12, '0'))::uuid) as keys, array_agg('{}'::text) as args,"
                + " array_agg(575) as states from generate_series(" + from + ", " + to + ", " + step + ") i) x,"
                + " submit(array[1], array[1], array[25], x.args, null, null, null, x.keys, x.states, true, false)";
    }
}
