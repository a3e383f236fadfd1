package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.testkit.AwaPostgres;
import io.r2dbc.spi.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Jobs are found at once when a notification comes, and soon when none does. */
@Timeout(90)
class WakeUpTest {

    private static final Duration FOREVER = Duration.ofMinutes(1);
    private static final Duration SOON = Duration.ofSeconds(30);

    private final Faults faults = new Faults(AwaPostgres.shared().connections());
    private final Rig rig = new Rig(AwaPostgres.shared(), faults);

    @AfterEach
    void close() {
        rig.close();
    }

    private RunningWorker sleepy() {
        RunningWorker worker =
                rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.empty()).queue("q", q -> q.poll(FOREVER, FOREVER)));
        awaitListening();
        // The connect itself wakes; after that the queue sleeps.
        Await.until("asleep", () -> worker.stats().claims() >= 1);
        return worker;
    }

    private void awaitListening() {
        Await.until(
                () -> "listening: " + rig.sessions(),
                Await.LONG,
                () -> rig.number(
                                "select count(*) from pg_stat_activity where query like 'LISTEN%' and pid <> pg_backend_pid()"
                                        + " and query like '%' || {awa}.channel() || '%'")
                        == 1);
    }

    @Test
    void anotherProcessWakesAWorkerThatPollsHardlyEver() {
        RunningWorker worker = sleepy();
        Awa other = rig.instance(AwaPostgres.shared().connections());
        for (int i = 1; i <= 20; i++) {
            other.enqueue(Rig.NUMBER.with(i)).block(Await.LONG);
            int n = i;
            Await.until(() -> "job " + n, SOON, () -> worker.stats().completed() == n);
        }
    }

    @Test
    void itsOwnProcessWakesItWithoutNotifications() {
        faults.refuse("pg_notify", 1_000, "58000");
        RunningWorker worker = sleepy();
        for (int i = 1; i <= 20; i++) {
            rig.enqueue(Rig.NUMBER, i);
            int n = i;
            Await.until(() -> "job " + n, SOON, () -> worker.stats().completed() == n);
        }
    }

    @Test
    void whatItsOwnProcessNotifiesOfIsNoNews() {
        RunningWorker worker = sleepy();
        long before = worker.stats().claims();
        for (int i = 1; i <= 20; i++) {
            rig.enqueue(Rig.NUMBER, i);
            int n = i;
            Await.until(() -> "job " + n, SOON, () -> worker.stats().completed() == n);
        }
        Await.staysTrue(
                "a claim a job", Duration.ofMillis(300), () -> worker.stats().claims() - before <= 22);
        assertThat(faults.count("pg_notify")).as("others are told").isPositive();
    }

    @Test
    void jobsOfAnOpenTransactionAreLookedForFromWhenTheyAreWritten() {
        RunningWorker worker = sleepy();
        for (Awa producer : List.of(rig.awa, rig.instance(AwaPostgres.shared().connections()))) {
            Connection connection = Objects.requireNonNull(
                    Mono.from(AwaPostgres.shared().connections().create()).block(Await.LONG));
            Mono.from(connection.beginTransaction()).block(Await.LONG);
            long before = worker.stats().claims();
            producer.on(connection).enqueue(Rig.NUMBER.with(1)).block(Await.LONG);
            Await.until(() -> "a look, in vain", SOON, () -> worker.stats().claims() > before);
            long then = worker.stats().claims();
            producer.on(connection)
                    .enqueueAll(Flux.just(Rig.NUMBER.with(2), Rig.NUMBER.with(3)))
                    .block(Await.LONG);
            Await.until(() -> "another", SOON, () -> worker.stats().claims() > then);
            Mono.from(connection.rollbackTransaction()).block(Await.LONG);
            Mono.from(connection.close()).block(Await.LONG);
        }
        assertThat(worker.stats().claimed()).isZero();
    }

    @Test
    void pollingFindsJobsWhenNotificationsAreLost() {
        RunningWorker worker = rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.empty())
                .queue("q", q -> q.poll(Duration.ofMillis(5), Duration.ofMillis(100))));
        Faults deaf = new Faults(AwaPostgres.shared().connections());
        deaf.refuse("pg_notify", 1_000, "58000");
        Awa other = rig.instance(deaf);
        for (int i = 1; i <= 10; i++) {
            other.enqueue(Rig.NUMBER.with(i)).block(Await.LONG);
            int n = i;
            Await.until(() -> "job " + n, SOON, () -> worker.stats().completed() == n);
        }
    }

    @Test
    void aLostListenerComesBackAndLooksAtEverything() {
        RunningWorker worker = sleepy();
        Faults deaf = new Faults(AwaPostgres.shared().connections());
        deaf.refuse("pg_notify", 1_000, "58000");
        rig.instance(deaf).enqueue(Rig.NUMBER.with(1)).block(Await.LONG);
        assertThat(rig.number("select count(pg_terminate_backend(pid)) from pg_stat_activity"
                        + " where query like 'LISTEN%' and query like '%' || {awa}.channel() || '%'"
                        + " and pid <> pg_backend_pid()"))
                .isEqualTo(1);
        Await.until(() -> "the reconnect wakes", SOON, () -> worker.stats().completed() == 1);
        rig.instance(AwaPostgres.shared().connections())
                .enqueue(Rig.NUMBER.with(2))
                .block(Await.LONG);
        Await.until(() -> "it hears again", SOON, () -> worker.stats().completed() == 2);
    }

    @Test
    void aListenerThatCouldNotStartTriesAgain() {
        Faults.Rule once = faults.refuse(".channel() AS answer", 2, "08006");
        RunningWorker worker = sleepy();
        assertThat(once.times()).isEqualTo(2);
        rig.instance(AwaPostgres.shared().connections())
                .enqueue(Rig.NUMBER.with(1))
                .block(Await.LONG);
        Await.until(() -> "it hears", SOON, () -> worker.stats().completed() == 1);
    }

    @Test
    void aResumedQueueIsLookedAtSoon() {
        RunningWorker worker = rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.empty()));
        rig.awa.admin().pause("q", "test").block(Await.LONG);
        rig.enqueue(10);
        Await.staysTrue("paused", Duration.ofMillis(300), () -> worker.stats().completed() == 0);
        rig.awa.admin().resume("q").block(Await.LONG);
        Await.until(() -> "resumed", SOON, () -> worker.stats().completed() == 10);
    }
}
