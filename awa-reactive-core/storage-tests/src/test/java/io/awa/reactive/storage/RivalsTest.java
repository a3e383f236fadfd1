package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.engine.CarryOutcome;
import io.awa.reactive.engine.FinishOutcome;
import io.awa.reactive.engine.PruneOutcome;
import io.awa.reactive.engine.Store;
import io.awa.reactive.engine.Stores;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever can compete for a job, two at a time, on two connections: the first one's transaction is open when the second
 * one comes, and commits or rolls back. One wins, the other one is told so, the job is in one place, nobody is left
 * waiting, and everything can be given back.
 *
 * <p>Actions meet only where both can find the job: see the states of {@link Rival}. A claim and an end of an attempt
 * never do, for a claim leaves nothing to claim; promotion meets only operators, for nobody runs what waits; a callback
 * meets nobody but ends of held and parked attempts; what ended is nobody's but an operator's.
 */
class RivalsTest extends StorageTest {

    /** The second one comes too late for the place, and finds the job in its next one in the same call. */
    private static final Set<String> SERIAL = Set.of(
            "park, callback",
            "park, failing callback",
            "move, callback",
            "move, failing callback",
            "move, retrying callback",
            "move, resume",
            "move, heartbeat",
            "heartbeat, callback",
            "heartbeat, failing callback",
            "heartbeat, retrying callback",
            "heartbeat, resume",
            "heartbeat, heartbeat");

    private static final String SHORT = "set lock_timeout = '150ms'";
    private static int contests;

    @ParameterizedTest
    @EnumSource(Contest.State.class)
    void oneOfTwoWins(Contest.State state) {
        boolean callbacks = !a.text("select to_regproc('answer_callback')").equals("null");
        List<Rival> rivals = Rival.all(callbacks).stream()
                .filter(rival -> rival.meets(state))
                .toList();
        List<String> wrong = new ArrayList<>();
        for (Rival first : rivals) {
            for (Rival second : rivals) {
                meet(state, first, second, true, callbacks, wrong);
                meet(state, first, second, false, callbacks, wrong);
            }
        }
        assertThat(wrong).isEmpty();
        giveBack();
    }

    private void meet(
            Contest.State state, Rival first, Rival second, boolean commits, boolean callbacks, List<String> wrong) {
        String name = state + ": " + first + ", then " + second + (commits ? "" : " after a rollback") + ": ";
        Contest contest = Contest.of(c, state, ++contests, callbacks);
        a.begin();
        if (!first.won().test(a.rows(first.call(contest)))) {
            wrong.add(name + "the first one did not win");
        }
        if (!second.patient()) {
            b.run(SHORT);
        }
        CompletableFuture<List<Row>> rival = b.send(second.call(contest));
        String waits = "select 1 from pg_stat_activity where pid = " + b.pid() + " and wait_event_type = 'Lock'";
        while (!rival.isDone() && c.rows(waits).isEmpty()) {
            Thread.onSpinWait();
        }
        if (commits) {
            a.commit();
        } else {
            a.rollback();
        }
        boolean won = second.won().test(Session.await(rival));
        b.run("reset lock_timeout");
        boolean both = SERIAL.contains(first + ", " + second);
        if (commits && won && !both) {
            wrong.add(name + "both won");
        }
        for (int i = 0; !commits && !won && i < 3; i++) {
            // It had not waited, or a rival's trace made it look again.
            won = second.won().test(b.rows(second.call(contest)));
        }
        if (!commits && !won) {
            wrong.add(name + "nobody won");
        }
        String told = Life.state(c, contest.id());
        Rival winner = won ? second : first;
        if (!winner.after().get(state).contains(told)) {
            wrong.add(name + "the job is " + told + " although " + winner + " won");
        }
        if (c.number("select (select count(*) from entries_of(" + contest.id() + ") e where e.outcome is null)"
                        + " + (select count(*) from positions_of(" + contest.id()
                        + ") p where p.marked is null and p.outcome is null)")
                > 1) {
            wrong.add(name + "two live places");
        }
        if (c.number("select count(*) from pg_locks where not granted and pid in (" + a.pid() + ", " + b.pid() + ")")
                > 0) {
            wrong.add(name + "somebody waits");
        }
        Life.in(c, "contest " + contests).act("cancel", contest.id());
        Life.in(c, "contest " + contests).act("delete", contest.id());
        c.run("update queues set deadline_ms = null where queue = " + contest.queue());
    }

    private void giveBack() {
        Life.endAll(c);
        Awa awa = Awa.builder(postgres().connections()).schema(schema()).build();
        Stores stores = awa.engine().stores();
        stores.rotate().block(Session.PATIENCE);
        for (Store store : stores.list().collectList().block(Session.PATIENCE)) {
            if (store.state() == io.awa.reactive.engine.Segment.State.CLOSING) {
                stores.seal(store.number()).block(Session.PATIENCE);
                stores.count(store.number()).block(Session.PATIENCE);
                while (stores.carry(store.number(), 1_000, Session.nonce()).block(Session.PATIENCE)
                        instanceof CarryOutcome.Carried) {
                    // There may be more.
                }
                stores.carryKeys(store.number(), 1_000).block(Session.PATIENCE);
                assertThat(stores.finish(store.number()).block(Session.PATIENCE))
                        .isInstanceOf(FinishOutcome.Finished.class);
                assertThat(stores.prune(store.number(), Duration.ZERO, Duration.ZERO)
                                .block(Session.PATIENCE))
                        .isInstanceOf(PruneOutcome.Pruned.class);
            }
        }
        stores.close().then(awa.close()).block(Session.PATIENCE);
    }
}
