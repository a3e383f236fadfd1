package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.enqueue.BulkResult;
import io.awa.reactive.enqueue.OnDuplicate;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobType;
import io.awa.reactive.job.Unique;
import io.r2dbc.spi.ConnectionFactory;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

/** Bulk enqueue of unique jobs in two steps: keys and positions, then bodies. What happens between them, and what does not. */
class UniqueCopyTest extends StorageTest {

    @Test
    void aRivalWaitsForBothSteps() {
        a.begin();
        Row taken = take(a, 1, 2);
        CompletableFuture<Ask> rival = Ask.sent(b, 2);
        c.untilBlocked(b);
        write(a, taken, 1, 2);
        assertThat(rival).isNotDone();
        a.commit();
        assertThat(Session.await(rival)).isEqualTo(new Ask(1, taken.longs("ids").get(1)));
        assertThat(b.claimAll()).containsExactly(1, 2);
    }

    /** As many claims as jobs: what was rolled back is a hole, and who came after is not kept by it. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void rolledBackBetweenTheStepsOrBehindThem(boolean written) {
        a.begin();
        Row taken = take(a, 1, 2);
        if (written) {
            write(a, taken, 1, 2);
        }
        CompletableFuture<Ask> rival = Ask.sent(b, 2);
        c.untilBlocked(b);
        a.rollback();
        assertThat(Session.await(rival).stored()).isTrue();
        assertThat(Ask.job(b, 1).stored()).isTrue();
        assertThat(b.claimAll()).containsExactly(3, 4);
        assertThat(b.number("select count(*) from keys_0")).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void killedAtEachBoundary(int steps) {
        a.begin();
        Row taken = steps == 0 ? a.row("select 1 as cell") : take(a, 1, 2);
        if (steps == 2) {
            write(a, taken, 1, 2);
        }
        b.run("select pg_terminate_backend(" + a.pid() + ", 5000)");
        assertThat(Ask.job(b, 1).stored()).isTrue();
        assertThat(Ask.job(b, 2).stored()).isTrue();
        assertThat(b.claimAll()).hasSize(2);
        assertThat(b.number("select count(*) from keys_0")).isEqualTo(2);
        a = session();
    }

    /** Who commits keys without bodies has taken nothing: their jobs are nowhere. */
    @Test
    void committedWithoutBodies() {
        a.begin();
        Row taken = take(a, 1, 2, 3, 4);
        a.run(body(taken, 2, 3));
        a.commit();
        Ask second = Ask.job(b, 1);
        assertThat(second.stored()).isTrue();
        assertThat(Ask.job(c, 1).duplicateOf(second)).isTrue();
        assertThat(Ask.job(c, 2).stored())
                .as("the job of another key is nowhere, too")
                .isTrue();
        assertThat(Ask.job(c, 3)).isEqualTo(new Ask(1, taken.longs("ids").get(2)));
        Lives.rotateStore(b, 2, 1);
        assertThat(Entered.reclaim(b, 1)).isEqualTo("Pruned");
        assertThat(Ask.job(c, 1).duplicateOf(second)).isTrue();
        assertThat(b.number("select count(*) from keys_1 where key = '" + Ask.key(4) + "'"))
                .as("nobody carries it")
                .isZero();
        assertThat(b.claimAll()).containsExactly(3, 5, 6);
    }

    @Test
    void noBodyBehindARollbackToASavepoint() {
        a.begin();
        a.run("savepoint s");
        Row taken = take(a, 1);
        a.run("rollback to savepoint s");
        assertThat(a.refusal(body(taken, 1, 1))).isEqualTo("55000");
        a.rollback();
        assertThat(Ask.job(b, 1).stored()).isTrue();
    }

    /** A segment and a store that go out of date between the steps wait for the second. */
    @Test
    void rotationsBetweenTheSteps() {
        b.enqueue(1);
        a.begin();
        Row taken = take(a, 1);
        assertThat(b.rotate()).isEqualTo("Rotated");
        Lives.rotateStore(b, 2, 1);
        Ask other = Ask.job(b, 2);
        assertThat(b.seal(1)).isEqualTo("Blocked");
        assertThat(Entered.seal(b, 1)).isEqualTo("Blocked");
        write(a, taken, 1);
        a.commit();
        assertThat(b.number("select (select count(*) from jobs_0 where key = '" + Ask.key(1)
                        + "') * 10 + (select count(*)" + " from jobs_1 where pos = " + other.id() + ")"))
                .isEqualTo(11);
        assertThat(Entered.reclaim(b, 1)).isEqualTo("Pruned");
        assertThat(Ask.job(b, 1))
                .as("carried")
                .isEqualTo(new Ask(1, taken.longs("ids").get(0)));
        assertThat(b.claimAll()).as("FIFO over the segments").containsExactly(1, 2, 3);
    }

    /** The pointer of the stores moves between the look and the taking. */
    @Test
    void aStoreMovesOnBehindTheLook() {
        Gate gate = Gate.before(c, "add_keys", "v_cell := ").shut();
        CompletableFuture<List<Row>> late = a.send(takeCall(1));
        b.untilBlocked(a);
        Lives.rotateStore(b, 2, 1);
        assertThat(Entered.seal(b, 1)).isEqualTo("Sealed");
        gate.open();
        Session.await(late);
        assertThat(b.number("select min(version) from keys_1")).isEqualTo((2L << 32) + 1);
    }

    /** Between the look for keys that any store has and the look for who holds them a store is carried, but not given back. */
    @Test
    void aStoreIsCarriedBetweenTheTwoLooks() {
        Ask first = Ask.job(b, 1);
        Lives.rotateStore(b, 2, 1);
        Gate gate = Gate.before(c, "look_keys", "if found then").shut();
        CompletableFuture<Ask> late = Ask.sent(a, 1);
        c = session();
        c.untilBlocked(a);
        assertThat(Entered.reclaim(b, 1)).isEqualTo("Blocked");
        assertThat(b.number("select count(*) from keys_1")).as("carried").isEqualTo(1);
        gate.open();
        assertThat(Session.await(late).duplicateOf(first)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"repeatable read", "serializable"})
    void anOldSnapshot(String isolation) {
        a.begin(isolation);
        Ask first = Ask.job(b, 1);
        assertThat(a.refusal(takeCall(1))).isEqualTo("40001");
        a.rollback();
        a.begin(isolation);
        Row taken = take(a, 1, 2, 2);
        assertThat(taken.longs("fates")).containsExactly(1L, 0L, 1L);
        assertThat(taken.longs("ids")).containsExactly(first.id(), first.id() + 2, first.id() + 2);
        write(a, taken, 1, 2, 2);
        a.commit();
        a.begin(isolation);
        Lives.rotateStore(b, 2, 1);
        assertThat(a.refusal(takeCall(3)))
                .as("a store before the current one is open")
                .isEqualTo("40001");
        a.rollback();
    }

    @Test
    void whoMayNotBeRefusedTakesNothing() {
        Ask first = Ask.job(b, 1);
        Row taken = a.row(takeCall("true", "true", 2, 1, 3));
        assertThat(taken.isNull("cell")).isTrue();
        assertThat(taken.longs("fates")).containsExactly(3L, 1L, 3L);
        assertThat(a.number("select count(*) from keys_0")).isEqualTo(1);
        assertThat(Ask.job(a, 2)).as("no position was used").isEqualTo(new Ask(0, first.id() + 1));
    }

    @Test
    void opposingOrdersDoNotDeadlock() {
        String up = takeCall(IntStream.rangeClosed(1, 200).toArray());
        String down = takeCall(IntStream.rangeClosed(1, 200).map(i -> 201 - i).toArray());
        for (int i = 0; i < 10; i++) {
            CompletableFuture<List<Row>> one = a.send(up);
            CompletableFuture<List<Row>> two = b.send(down);
            Session.await(one);
            Session.await(two);
        }
        assertThat(c.refusal(takeCall(IntStream.rangeClosed(1, 1025).toArray())))
                .isEqualTo("54000");
    }

    /** Which way a chunk goes, by the statements it makes. */
    @Test
    void whatIsAvailableAtOnceIsCopied() {
        StatementCounter counter = new StatementCounter(postgres().connections());
        Awa awa = Awa.builder((ConnectionFactory) counter).schema(schema()).build();
        JobType<Integer> number = JobType.of("number", Integer.class).queue("q");
        JobType<Integer> once = number.unique(Unique.byArgs());
        Flux<Job<Integer>> mixed = Flux.range(0, 600).map(i -> (i % 3 == 0 ? number : once).with(i / 2));
        BulkResult result =
                Objects.requireNonNull(awa.enqueueAll(mixed, OnDuplicate.SKIP).block(Session.PATIENCE));
        assertThat(result).isEqualTo(new BulkResult(500, 100));
        assertThat(counter.texts()).noneMatch(sql -> sql.contains("submit("));
        assertThat(counter.texts())
                .filteredOn(sql -> sql.contains("reserve_unique("))
                .hasSize(2);
        assertThat(a.number("select count(*) from jobs_0 where key is null and key_states is null and extras is null"))
                .isEqualTo(200);
        assertThat(a.number("select count(*) from jobs_0 j join keys_0 k on k.key = j.key and k.job = j.pos"
                        + " and k.states = j.key_states and j.extras is null"))
                .isEqualTo(300);
        assertThat(a.claimAll()).hasSize(500).isSorted();
        awa.close().block(Session.PATIENCE);
    }

    /** The first chunk of an instance is small; then as the server's table of locks allows, which is asked on the way. */
    @Test
    void chunksGrowWithTheTableOfLocks() {
        StatementCounter counter = new StatementCounter(postgres().connections());
        Awa awa = Awa.builder((ConnectionFactory) counter).schema(schema()).build();
        JobType<Integer> once = JobType.of("number", Integer.class).queue("q").unique(Unique.byArgs());
        a.run("create or replace function keys_at_once() returns int language sql as 'select 700'");
        for (int from : List.of(0, 256)) {
            counter.reset();
            int n = from == 0 ? 256 : 1_400;
            assertThat(awa.enqueueAll(once, Flux.range(from, n)).block(Session.PATIENCE))
                    .isEqualTo(n);
            assertThat(counter.texts())
                    .filteredOn(sql -> sql.contains("reserve_unique("))
                    .hasSize(from == 0 ? 1 : 2);
        }
        awa.close().block(Session.PATIENCE);
    }

    @Test
    void theShareOfTheTableOfLocks() {
        long table = a.number("select current_setting('max_locks_per_transaction')::bigint"
                + " * current_setting('max_connections')::bigint");
        assertThat(a.number("select keys_at_once()")).isEqualTo(Math.min(1_024, Math.max(256, table / 25)));
    }

    static String takeCall(int... keys) {
        return takeCall("true", "false", keys);
    }

    static String takeCall(String wait, String fail, int... keys) {
        return "select * from reserve_unique(array[1], " + keys.length + ", array[" + quoted(keys) + "]::uuid[],"
                + " array_fill(575, array[" + keys.length + "]), " + wait + ", " + fail + ")";
    }

    private static Row take(Session session, int... keys) {
        return session.row(takeCall(keys));
    }

    /** The bodies of those that are to be stored, as the library's COPY writes them. */
    private static void write(Session session, Row taken, int... keys) {
        for (int i = 0; i < keys.length; i++) {
            if (taken.longs("fates").get(i) == 0) {
                session.run(body(taken, i, keys[i]));
            }
        }
    }

    private static String body(Row taken, int i, int key) {
        return "insert into jobs_" + (taken.number("cell") & 255) + " (pos, kind, max_attempts, args, key, key_states)"
                + " values ("
                + taken.longs("ids").get(Math.min(i, taken.longs("ids").size() - 1)) + ", 1, 25, '{}', '"
                + Ask.key(key) + "', 575)";
    }

    private static String quoted(int... keys) {
        return IntStream.of(keys)
                .mapToObj(key -> key == 0 ? "null" : "'" + Ask.key(key) + "'")
                .collect(Collectors.joining(", "));
    }
}
