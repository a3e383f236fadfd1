package io.awa.reactive.storage.random;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.testkit.AwaPostgres.Options;
import io.awa.reactive.testkit.HistoryChecker;
import io.awa.reactive.testkit.HistoryChecker.End;
import io.awa.reactive.testkit.HistoryVerdict;
import io.awa.reactive.testkit.HistoryVerdict.Rule;
import io.awa.reactive.testkit.SeededTest;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The server's processes killed in the middle of claims and flushes; claims do not wait for their commits. */
class CrashTest {

    // Late enough that a kill takes commits nobody waited for.
    private static final Options OPTIONS =
            Options.defaults().setting("shared_buffers", "64MB").setting("wal_writer_delay", "10s");

    @SeededTest(1)
    void nothingDurableIsLost(long seed) {
        try (AwaPostgres postgres = AwaPostgres.start(OPTIONS)) {
            new RandomRun(postgres, seed, true, sql -> sql).isClean(killing(postgres, 3, Duration.ofMillis(3_500)));
        }
    }

    @Tag("soak")
    @SeededTest(1)
    void norInALongRun(long seed) {
        int kills = (int) (Long.getLong("awa.soak.seconds", 120) / 5);
        try (AwaPostgres postgres = AwaPostgres.start(OPTIONS)) {
            new RandomRun(postgres, seed, true, sql -> sql).isClean(killing(postgres, kills, Duration.ofSeconds(5)));
        }
    }

    @Test
    void aLostClaimTakesItsTokenWithIt() {
        HistoryVerdict verdict = afterALostClaim(sql -> sql);
        assertThat(verdict.isClean()).as(verdict::report).isTrue();
        assertThat(verdict.offers()).isEqualTo(2);
    }

    @Test
    void withoutTheNonceTheOldTokenWouldEndTheNewAttempt() {
        HistoryVerdict verdict = afterALostClaim(sql -> sql.in("close_*", "c.nonce = u.nonce and ", ""));
        assertThat(verdict.counts()).as(verdict::report).containsKey(Rule.STALE_ACCEPTED);
    }

    /** The ledger row is gone; the next claim takes the same job as the same row of the ledger, and one token counts. */
    private static HistoryVerdict afterALostClaim(UnaryOperator<SqlText> change) {
        for (int tries = 0; tries < 10; tries++) {
            HistoryVerdict verdict = afterAClaimAndACrash(change);
            if (verdict != null) {
                return verdict;
            }
        }
        throw new AssertionError("no crash has taken the claim back");
    }

    /** Null where the claim survived: the server's writer may have come by between the claim and the kill. */
    private static @Nullable HistoryVerdict afterAClaimAndACrash(UnaryOperator<SqlText> change) {
        try (AwaPostgres postgres = AwaPostgres.start(OPTIONS);
                Storage storage = Storage.create(postgres, 2, change)) {
            HistoryChecker history = new HistoryChecker();
            int lane = storage.lane("q", 2);
            int queue = storage.queue("q");
            Client client = new Client(storage, history);
            client.store(storage.control, lane);
            Taken lost;
            try (Session claimer = storage.asynchronous("claimer")) {
                lost = taken(client.claim(claimer, queue, 5, 11));
                postgres.kill9();
            }
            history.crashed();
            postgres.restart();
            storage.reopen();
            Taken again = client.claim(storage.control, queue, 5, 12);
            if (again == null) {
                return null;
            }
            assertThat(again.token.no()).isEqualTo(lost.token.no());
            client.close(storage.control, "", 21, List.of(Item.all(lost, End.COMPLETED)));
            try (StoreUpkeep stores = StoreUpkeep.of(storage, () -> 99)) {
                new Upkeep(storage, storage.control)
                        .drain(client, stores, List.of(queue), List.of(again), Upkeep.PATIENCE);
            }
            storage.tell(history);
            return history.judge();
        }
    }

    private static Taken taken(@Nullable Taken taken) {
        assertThat(taken).isNotNull();
        return taken;
    }

    /** Lets jobs pile up, then claimers take them while nobody else commits. */
    private static void claimAlone(AwaPostgres postgres, Run run) {
        try (Session session = Session.open(postgres.connections(), "calm", true)) {
            for (String queue : run.queueNames) {
                session.text(run.storage.in("SELECT coalesce({awa}.pause($1, 'crash'), false)::text AS answer"), queue);
            }
            Run.pause(400);
            run.calm(true);
            Run.pause(50);
            for (String queue : run.queueNames) {
                session.text(run.storage.in("SELECT coalesce({awa}.resume($1), false)::text AS answer"), queue);
            }
            Run.pause(60);
        }
    }

    private static Consumer<Run> killing(AwaPostgres postgres, int kills, Duration between) {
        return run -> {
            for (int i = 0; i < kills && !run.isStopping(); i++) {
                RandomRun.lasting(between).accept(run);
                if (i % 2 == 0) {
                    claimAlone(postgres, run);
                }
                postgres.kill9();
                run.history.crashed();
                run.calm(false);
                postgres.restart();
                run.count("crashes", 1);
            }
            RandomRun.lasting(between).accept(run);
        };
    }
}
