package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.internal.pg.CopyIn;
import io.awa.reactive.internal.pg.PlainSql;
import io.awa.reactive.schema.SchemaMigrator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

/** Producers at every isolation level, with savepoints, COPY, prepared transactions, and rotations under their feet. */
class ProducersTest extends StorageTest {

    @Test
    void aSavepointThatIsRolledBackLeavesHoles() {
        a.begin();
        a.enqueue(1);
        a.run("savepoint s");
        a.enqueue(2);
        a.run("rollback to s");
        a.enqueue(1);
        a.run("release s");
        b.enqueue(1);
        assertThat(b.claim(9).seqs()).containsExactly(5);
        a.commit();
        assertThat(b.claimAll()).containsExactly(1, 4);
    }

    /** Trap 4: the savepoint took the child's lock; without it the positions prove nothing. */
    @Test
    void positionsOfARolledBackSavepointAreRefused() {
        a.begin();
        a.run("savepoint s");
        long position =
                a.row("select * from reserve(array[1], 1)").longs("positions").get(0);
        a.run("rollback to s");
        a.run("savepoint t");
        assertThat(a.refusal("insert into jobs_0 (pos, kind, args) values (" + position + ", 1, '{}')"))
                .isEqualTo("55000");
        a.run("rollback to t");
        assertThat(Session.refusal(copy(a, 0, position))).isEqualTo("55000");
        a.rollback();
        assertThat(a.refusal("insert into jobs_0 (pos, kind, args) values (" + position + ", 1, '{}')"))
                .isEqualTo("55000");
    }

    @Test
    void positionsOfAReleasedSavepointAreGood() {
        a.begin();
        a.run("savepoint s");
        List<Long> positions = a.row("select * from reserve(array[1], 2)").longs("positions");
        a.run("release s");
        assertThat(Session.await(copy(a, 0, positions.get(0), positions.get(1))))
                .isEqualTo(2);
        b.enqueue(1);
        assertThat(b.seal(1)).isEqualTo("Idle");
        a.commit();
        assertThat(b.claimAll()).containsExactly(1, 2, 3);
    }

    /** Trap 4: in autocommit the lock is gone before COPY begins. */
    @Test
    void copyInAutocommitIsRefused() {
        long position =
                a.row("select * from reserve(array[1], 1)").longs("positions").get(0);
        assertThat(Session.refusal(copy(a, 0, position))).isEqualTo("55000");
        a.begin();
        a.run("select * from reserve(array[1], 1)");
        assertThat(Session.refusal(copy(a, 1, position))).isEqualTo("55000");
        a.rollback();
        b.enqueue(1);
        assertThat(b.claimAll()).containsExactly(3);
    }

    /** D4: a snapshot older than many rotations and more than one lap of the ring. */
    @ParameterizedTest
    @ValueSource(strings = {"repeatable read", "serializable"})
    void aSnapshotOlderThanTheRing(String isolation) {
        a.begin(isolation);
        lap(9);
        List<Integer> late = a.enqueue(2);
        b.rotate();
        lap(2);
        assertThat(b.text("select string_agg(state, ',' order by segment) from segments()"))
                .contains("closing");
        a.commit();
        assertThat(b.claimAll()).isEqualTo(late);
    }

    /** D4 at READ COMMITTED: stalled at each step of taking a position while the ring goes round. */
    @ParameterizedTest
    @ValueSource(strings = {"case cell & 255", "continue when v_now <> cell", "if cardinality(v_lanes) = 1 then"})
    void aStallWhileTakingPositions(String step) {
        Gate gate = Gate.before(c, "reserve", step).shut();
        CompletableFuture<List<Row>> late = a.send("select " + Session.enqueueCall(1) + " as answer");
        b.untilBlocked(a);
        // The other producers of this test pass the gate on a copy of the function that waits for nobody.
        String source = b.text("select pg_get_functiondef('reserve'::regproc)");
        b.run(source.replaceAll("perform pg_advisory_xact_lock_shared\\([^;]*;", ""));
        lap(6);
        gate.open();
        List<Integer> seqs = Taken.seqs(Session.await(late).get(0).longs("answer"));
        long current = b.number("select last_value >> 8 from current_segment");
        assertThat(b.number("select count(*) from jobs_" + b.number("select last_value & 255 from current_segment")
                        + " where pos & 2199023255551 = " + seqs.get(0)))
                .as("in the current segment %s", current)
                .isEqualTo(1);
        assertThat(b.claimAll()).isEqualTo(seqs);
    }

    /** The pointer moves after nextval: the positions belong before those of the next segment, so they are thrown away. */
    @Test
    void aRotationBetweenTheReads() {
        Gate gate = Gate.before(c, "reserve", "exit when v_now = cell").shut();
        CompletableFuture<List<Row>> late = a.send("select " + Session.enqueueCall(1, 1) + " as answer");
        b.untilBlocked(a);
        gate.open();
        assertThat(Taken.seqs(Session.await(late).get(0).longs("answer"))).containsExactly(1, 2);

        Gate earlier =
                Gate.before(c, "reserve", "if cardinality(v_lanes) = 1 then").shut();
        CompletableFuture<List<Row>> stalled = a.send("select " + Session.enqueueCall(1) + " as answer");
        b.untilBlocked(a);
        assertThat(b.rotate()).isEqualTo("Rotated");
        assertThat(b.seal(1)).isEqualTo("Blocked");
        earlier.open();
        assertThat(Taken.seqs(Session.await(stalled).get(0).longs("answer"))).containsExactly(4);
        assertThat(b.number("select count(*) from jobs_1")).isEqualTo(1);
    }

    /** Structural weakness 4: an open business transaction holds up no other producer of its lane. */
    @Test
    void anOpenTransactionBlocksNobody() {
        int other = lane("other", 1);
        a.begin();
        a.enqueue(3);
        b.run("set lock_timeout = '1s'");
        b.begin("serializable");
        b.enqueue(3);
        c.enqueue(1);
        a.put(other, 1);
        b.put(other, 1);
        assertThat(c.number(
                        "select count(*) from pg_locks where not granted and pid in (" + a.pid() + "," + b.pid() + ")"))
                .isZero();
        b.commit();
        a.commit();
        assertThat(c.claimAll()).containsExactly(1, 2, 3, 4, 5, 6, 7);
    }

    @Test
    void mixedLanesKeepTheirOrder() {
        int two = lane("q", 2);
        int three = lane("q", 3);
        int[] lanes = new int[300];
        for (int i = 0; i < lanes.length; i++) {
            lanes[i] = new int[] {two, 1, three, 1, two, two}[i % 6];
        }
        List<Long> positions = a.put(lanes);
        for (int lane : new int[] {1, two, three}) {
            List<Long> own = positions.stream().filter(p -> p >> 41 == lane).toList();
            assertThat(own).isSorted().doesNotHaveDuplicates();
        }
        assertThat(positions.stream()
                        .map(p -> (int) (p >> 41))
                        .mapToInt(Integer::intValue)
                        .toArray())
                .isEqualTo(lanes);
    }

    /** Fewer lanes than jobs would drop the rest in silence. */
    @Test
    void lanesThatDoNotFitTheJobsAreRefused() {
        int two = lane("q", 2);
        assertThat(a.refusal("select enqueue(array[1," + two + "], array[1], array[25], array['1','2','3'], null)"))
                .isEqualTo("22023");
        assertThat(a.refusal("select reserve(array[1," + two + "], 3)")).isEqualTo("22023");
    }

    @Test
    void twoSchemasInOneTransaction() {
        String other = postgres().freshSchema("attack");
        SchemaMigrator.of(postgres().connections())
                .schema(other)
                .children(2)
                .migrate()
                .block(Session.PATIENCE);
        a.run("select \"" + other + "\".ensure_lane('q', 1)");
        a.begin();
        a.enqueue(1);
        assertThat(a.refusal("insert into \"" + other + "\".jobs_0 (pos, kind, args) values (1, 1, '{}')"))
                .isEqualTo("55000");
        a.rollback();
        a.begin();
        a.run("select \"" + other + "\"." + Session.enqueueCall(1));
        assertThat(a.refusal("insert into jobs_0 (pos, kind, args) values (1, 1, '{}')"))
                .isEqualTo("55000");
        a.rollback();
        postgres().drop(other).block(Session.PATIENCE);
    }

    /** Segments come and go; each is reclaimed where nobody writes into it. */
    private void lap(int rotations) {
        for (int i = 0; i < rotations; i++) {
            b.enqueue(1);
            b.complete(b.claim(1));
            b.rotate();
            b.texts("select segment from segments() where state = 'closing'")
                    .forEach(segment -> b.reclaim(Long.parseLong(segment)));
        }
    }

    private static CompletableFuture<Long> copy(Session session, int child, Long... positions) {
        StringBuilder rows = new StringBuilder();
        for (Long position : positions) {
            rows.append(position).append("\t1\t25\t{}\n");
        }
        Mono<Long> copy = CopyIn.copy(
                session.connection(),
                "copy jobs_" + child + " (pos, kind, max_attempts, args) from stdin",
                Mono.fromSupplier(() -> Unpooled.wrappedBuffer(rows.toString().getBytes(StandardCharsets.UTF_8))));
        // As the library does: behind an answer, on the connection's own thread.
        return PlainSql.run(session.connection(), "select 1").then(copy).toFuture();
    }
}
