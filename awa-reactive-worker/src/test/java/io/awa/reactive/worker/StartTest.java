package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.testkit.AwaPostgres;
import io.r2dbc.spi.R2dbcException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** A start that comes to nothing leaves no worker behind that others would take for dead. */
@Timeout(120)
class StartTest {

    private final Faults faults = new Faults(AwaPostgres.shared().connections());
    private final Rig rig = new Rig(AwaPostgres.shared(), faults);

    @AfterEach
    void close() {
        rig.close();
    }

    /** The statement that registers it is on its way, and nobody can call it back. */
    @Test
    void cancelledWhileItIsRegistered() {
        Sinks.Empty<Void> gate = Sinks.empty();
        Faults.Rule held = faults.holdBack("register_worker", 1, gate.asMono());
        Disposable starting = worker().start().subscribe();
        Await.until("it registers", () -> held.times() == 1);
        starting.dispose();
        gate.tryEmitEmpty();
        nothingIsLeftOf(1);
    }

    /** It is registered; what the database says of its queues is on its way. */
    @Test
    void cancelledWhenItIsRegistered() {
        Sinks.Empty<Void> gate = Sinks.empty();
        Faults.Rule held = faults.holdBack("live_settings", 1, gate.asMono());
        Disposable starting = worker().start().subscribe();
        Await.until("it asks", () -> held.times() == 1);
        starting.dispose();
        gate.tryEmitEmpty();
        nothingIsLeftOf(1);
    }

    @Test
    void failedWhenItIsRegistered() {
        faults.refuse("live_settings", 1, "42501");
        assertThatThrownBy(() -> worker().start().block(Await.LONG)).isInstanceOf(R2dbcException.class);
        nothingIsLeftOf(1);
    }

    /** What is set later is another worker's. */
    @Test
    void aBuilderMayBeUsedAgain() {
        AwaWorkerBuilder builder = AwaWorker.builder(rig.awa)
                .withoutMaintenance()
                .handle(Rig.NUMBER, job -> Mono.empty())
                .queue("q", q -> q.workers(3));
        AwaWorker first = builder.name("first").build();
        builder.name("second").queue("q", q -> q.workers(5)).queue("r", q -> q.workers(1));
        for (AwaWorker one : List.of(first, builder.build())) {
            RunningWorker running = Objects.requireNonNull(one.start().block(Await.LONG));
            assertThat(running.queues())
                    .extracting(queue -> queue.name() + queue.workers())
                    .containsExactly(one == first ? new String[] {"q3"} : new String[] {"q5", "r1"});
            assertThat(running.drain(Duration.ZERO).block(Await.LONG)).matches(DrainReport::clean);
        }
        assertThat(rig.sql("select name from {awa}.workers order by worker")).containsExactly("first", "second");
    }

    private AwaWorker worker() {
        return AwaWorker.builder(rig.awa)
                .handle(Rig.NUMBER, job -> Mono.empty())
                .queue("q", q -> q.workers(3))
                .build();
    }

    private void nothingIsLeftOf(int registered) {
        Await.until(
                () -> registered + " registered and stopped: "
                        + rig.sql("select worker || ' ' || name || ' '"
                                + " || coalesce(stopped_at::text, 'open') from {awa}.workers"),
                Await.LONG,
                () -> rig.number("select count(*) from {awa}.workers where stopped_at is not null") == registered);
        assertThat(rig.number("select count(*) from {awa}.workers")).isEqualTo(registered);
        Await.until(
                () -> "closed: " + rig.sessions(),
                Await.LONG,
                () -> rig.sessions().stream().noneMatch(session -> session.contains("heartbeat")));
    }
}
