package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.engine.Leadership;
import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.worker.maintenance.MaintenanceSignal.LeadLost;
import io.awa.reactive.worker.maintenance.MaintenanceSignal.LeadTaken;
import io.awa.reactive.worker.maintenance.MaintenanceSignal.Stepped;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.api.PostgresqlResult;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** One of several workers does the maintenance, with the settings a user has by default. */
class LeaderTest {

    private static final Duration TAKEOVER = Duration.ofSeconds(30);

    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void aDrainedLeaderIsFollowedWithinTwoLooks() {
        RunningWorker first = start(new Faults(AwaPostgres.shared().connections()));
        Await.until("led", () -> epoch() == 1);
        RunningWorker second = start(new Faults(AwaPostgres.shared().connections()));
        try (SignalsLog log = new SignalsLog(second)) {
            Await.staysTrue("one leads", Duration.ofSeconds(3), () -> epoch() == 1);
            assertThat(log.of(Stepped.class)).as("of who does not lead").isEmpty();
            first.drain(Duration.ofSeconds(5)).block(Await.LONG);
            Await.until(() -> "followed: " + epoch(), TAKEOVER, () -> epoch() == 2);
            Await.until("told", () -> log.of(LeadTaken.class).size() == 1);
            assertThat(log.of(LeadTaken.class).get(0).epoch()).isEqualTo(2);
        }
    }

    /** A process whose beats do not go out, as one that is stopped: its session stands, and holds the lock. */
    @Test
    void aSilentLeaderIsDeposedAndStepsDown() {
        Faults frozen = new Faults(AwaPostgres.shared().connections());
        RunningWorker first = start(frozen);
        Await.until("led", () -> epoch() == 1);
        RunningWorker second = start(new Faults(AwaPostgres.shared().connections()));
        try (SignalsLog losing = new SignalsLog(first);
                SignalsLog winning = new SignalsLog(second)) {
            Sinks.Empty<Void> gate = Sinks.empty();
            long began = System.nanoTime();
            Faults.Rule rule = frozen.holdBack(".lead(", 1, gate.asMono());
            Await.until("frozen", () -> rule.times() == 1);
            Await.until(() -> "deposed: " + epoch(), TAKEOVER, () -> epoch() == 2);
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofSeconds(3));
            Await.until("told", () -> !winning.of(LeadTaken.class).isEmpty());

            gate.tryEmitEmpty();
            Await.until(
                    () -> "stepped down: " + losing,
                    TAKEOVER,
                    () -> !losing.of(LeadLost.class).isEmpty());
            assertThat(losing.of(LeadLost.class))
                    .singleElement()
                    .matches(lost -> lost.epoch() == 1 && lost.followed() == 2);
            int steps = losing.of(Stepped.class).size();
            Await.staysTrue(
                    "silent",
                    Duration.ofSeconds(2),
                    () -> losing.of(Stepped.class).size() == steps);
            assertThat(epoch()).isEqualTo(2);
        }
    }

    /** One beat that takes more than half of the lease costs nobody the lead. */
    @Test
    void aSlowBeatLosesNothing() {
        Faults slow = new Faults(AwaPostgres.shared().connections());
        RunningWorker first = patient(slow);
        Await.until("led", () -> epoch() == 1);
        patient(new Faults(AwaPostgres.shared().connections()));
        try (SignalsLog log = new SignalsLog(first)) {
            for (int i = 0; i < 3; i++) {
                Faults.Rule rule = slow.holdBack(
                        ".lead(", 1, Mono.delay(Duration.ofMillis(4_500)).then());
                Await.until("slow", () -> rule.times() == 1);
                Await.staysTrue("led by the same", Duration.ofMillis(5_500), () -> epoch() == 1);
            }
            assertThat(log.of(LeadLost.class)).isEmpty();
        }
    }

    /** Sessions that are ended, again and again: one leads after each, under epochs that ascend. */
    @Test
    void aLostSessionIsFollowed() {
        start(new Faults(AwaPostgres.shared().connections()));
        start(new Faults(AwaPostgres.shared().connections()));
        for (int i = 1; i <= 3; i++) {
            long led = i;
            Await.until(() -> "led: " + epoch(), TAKEOVER, () -> epoch() == led);
            assertThat(rig.number("select count(pg_terminate_backend(pid, 5000)) from {awa}.leader_state()"))
                    .isEqualTo(1);
        }
        Await.until(() -> "led: " + epoch(), TAKEOVER, () -> epoch() == 4);
        Await.staysTrue("and by that one", Duration.ofSeconds(3), () -> epoch() == 4);
    }

    /** Somebody decides right now: a look that finds that is answered, and is no beat that would prolong the lease. */
    @Test
    void aLookWithoutABeatProlongsNothing() {
        Leadership leadership = rig.awa.engine().leadership(Duration.ofSeconds(6));
        try {
            Leadership.Standing first = look(leadership);
            assertThat(first.leads()).isTrue();
            PostgresqlConnection deciding =
                    Objects.requireNonNull(rig.postgres.connections().create().block(Await.LONG));
            try {
                deciding.createStatement("select pg_advisory_lock(" + rig.schema + ".lock_key(), -5)")
                        .execute()
                        .concatMap(PostgresqlResult::getRowsUpdated)
                        .blockLast(Await.LONG);
                assertThat(look(leadership)).isEqualTo(first);
            } finally {
                deciding.close().block(Await.LONG);
            }
            Await.until("it beats again", () -> look(leadership).asOf() - first.asOf() > 0);
            assertThat(look(leadership)).matches(now -> now.leads() && now.epoch() == first.epoch());
        } finally {
            leadership.close().block(Await.LONG);
        }
    }

    private static Leadership.Standing look(Leadership leadership) {
        return Objects.requireNonNull(leadership.look().block(Await.LONG));
    }

    /** Two schemas side by side have a leader each. */
    @Test
    void schemasHaveTheirOwn() {
        try (Rig other = new Rig()) {
            start(new Faults(AwaPostgres.shared().connections()));
            other.start(w -> w.handle(Rig.NUMBER, job -> Mono.empty()));
            Await.until("led", () -> epoch() == 1 && other.number("select last_value >> 32 from {awa}.leader") == 1);
        }
    }

    private long epoch() {
        List<String> epochs = rig.sql("select epoch from {awa}.leader_state() where pid is not null");
        return epochs.isEmpty() ? 0 : Long.parseLong(epochs.get(0));
    }

    private RunningWorker patient(Faults connections) {
        return rig.start(
                rig.instance(connections),
                w -> w.handle(Rig.NUMBER, job -> Mono.empty())
                        .maintenance(m -> m.lead(Duration.ofSeconds(1), Duration.ofSeconds(8))));
    }

    private RunningWorker start(Faults connections) {
        return rig.start(rig.instance(connections), w -> w.handle(Rig.NUMBER, job -> Mono.empty()));
    }
}
