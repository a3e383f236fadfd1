package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.engine.QueueFigures;
import io.awa.reactive.testkit.AwaPostgres;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.api.PostgresqlResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Health and figures answer when nothing else does. */
class HealthTest {

    private static final Duration SOON = Duration.ofMillis(500);

    @Test
    void aWorkerThatIsWellSaysSo() {
        try (Rig rig = new Rig()) {
            RunningWorker worker = start(rig);
            // The database knows who leads before the leader hears it.
            Await.until("led", () -> worker.epoch() == 1);
            WorkerHealth[] seen = new WorkerHealth[1];
            Await.until(() -> "well: " + seen[0], Await.LONG, () -> {
                seen[0] = health(worker);
                return seen[0].isReady() && seen[0].problems().isEmpty();
            });
            WorkerHealth health = seen[0];
            assertThat(Objects.requireNonNull(health.lead()).here()).isTrue();
            assertThat(health.lead().epoch()).isEqualTo(worker.epoch()).isEqualTo(1);
            assertThat(health.queues().get("q")).isEqualTo(new WorkerHealth.Queue(0, 7, 0));

            worker.drain(Duration.ofSeconds(5)).block(Await.LONG);
            assertThat(health(worker).draining()).isTrue();
            assertThat(health(worker).isReady()).isFalse();
            assertThat(worker.epoch()).isZero();
        }
    }

    /** Two looks at the same trouble read the same. */
    @Test
    void problemsComeInTheOrderOfItsComponents() {
        WorkerHealth.State bad = new WorkerHealth.Unwell("bad");
        WorkerHealth.State unknown = new WorkerHealth.Unknown("who knows");
        assertThat(new WorkerHealth(false, bad, unknown, bad, bad, unknown, null, Map.of())
                        .problems()
                        .keySet())
                .containsExactly("database", "schema", "claims", "heartbeat", "leader");
        assertThat(new WorkerHealth(
                                false,
                                new WorkerHealth.Well(),
                                unknown,
                                bad,
                                new WorkerHealth.Well(),
                                bad,
                                null,
                                Map.of())
                        .problems())
                .containsExactly(
                        Map.entry("schema", "who knows"), Map.entry("claims", "bad"), Map.entry("leader", "bad"));
    }

    @Test
    void nothingThatIsLockedIsWaitedFor() {
        try (Rig rig = new Rig()) {
            RunningWorker worker = start(rig);
            Await.until("led", () -> worker.epoch() == 1);
            rig.awa.admin().pause("q", "test").block(Await.LONG);
            rig.enqueue(10);
            Await.until("figures", () -> figures(worker).equals(List.of("q 10")));
            Await.until(
                    () -> "ready: " + health(worker),
                    Await.LONG,
                    () -> health(worker).isReady());

            PostgresqlConnection locker = lockEverything(rig);
            try {
                List<Long> took = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    long began = System.nanoTime();
                    WorkerHealth health = health(worker);
                    took.add((System.nanoTime() - began) / 1_000_000);
                    // A look whose time was over, of which a lock has a twentieth, met a server that stood still.
                    boolean late = took.get(i) >= 900;
                    assertThat(health.database()).matches(state -> late || state.equals(new WorkerHealth.Well()));
                    assertThat(health.schema()).matches(state -> late || state.equals(new WorkerHealth.Well()));
                }
                System.out.println("health while all is locked, ms: " + took);
                // Single ones may have met a machine with other things to do.
                assertThat(took.stream().sorted().toList().get(10)).isLessThan(SOON.toMillis());

                List<Long> gauges = new ArrayList<>();
                for (int i = 0; i < 5; i++) {
                    long began = System.nanoTime();
                    assertThat(figures(worker)).as("unknown, not waited for").isEmpty();
                    gauges.add((System.nanoTime() - began) / 1_000_000);
                }
                System.out.println("figures while all is locked, ms: " + gauges);
                assertThat(gauges).as("a wait for a lock and a round trip").allMatch(one -> one < 10_000);
                rig.awa.admin().resume("q").block(Await.LONG);

                Await.until(
                        () -> "the claim is missed: " + health(worker),
                        Await.LONG,
                        () -> health(worker).claims().why().contains("queue q"));
                assertThat(health(worker).isReady()).isFalse();
            } finally {
                locker.rollbackTransaction().block(Await.LONG);
                locker.close().block(Await.LONG);
            }
            Await.until(
                    () -> "well again: " + health(worker),
                    Await.LONG,
                    () -> health(worker).isReady());
            Await.until("all done", () -> figures(worker).equals(List.of("q 0")));
        }
    }

    @Test
    void aDatabaseThatIsGoneIsNamedWithinABound() {
        try (AwaPostgres postgres = AwaPostgres.start(AwaPostgres.Options.defaults());
                Rig rig = new Rig(postgres, postgres.connections())) {
            RunningWorker worker = start(rig);
            Await.until(
                    () -> "well: " + health(worker),
                    Await.LONG,
                    () -> health(worker).isReady());
            postgres.kill9();
            try {
                for (int i = 0; i < 3; i++) {
                    long began = System.nanoTime();
                    WorkerHealth health = health(worker);
                    assertThat(System.nanoTime() - began)
                            .isLessThan(Duration.ofSeconds(20).toNanos());
                    assertThat(health.database().why()).startsWith("does not answer");
                    assertThat(health.schema()).isInstanceOf(WorkerHealth.Unknown.class);
                    assertThat(health.isReady()).isFalse();
                    assertThat(figures(worker)).isEmpty();
                }
            } finally {
                postgres.restart();
            }
            Await.until(
                    () -> "well again: " + health(worker),
                    Await.LONG,
                    () -> health(worker).problems().isEmpty());
        }
    }

    private static RunningWorker start(Rig rig) {
        return rig.start(worker -> worker.handle(Rig.NUMBER, job -> Mono.just(Outcome.done()))
                .queue("q", q -> q.workers(7))
                .heartbeat(Duration.ofSeconds(1)));
    }

    private static WorkerHealth health(RunningWorker worker) {
        return Objects.requireNonNull(worker.health().block(Await.LONG));
    }

    private static List<String> figures(RunningWorker worker) {
        return Objects.requireNonNull(worker.figures()
                .map((QueueFigures one) -> one.queue() + " " + one.depth())
                .collectList()
                .block(Await.LONG));
    }

    /** Every table of a child, of segments and stores, by a session that holds them until it ends. */
    private static PostgresqlConnection lockEverything(Rig rig) {
        List<String> children = rig.sql("select format('%I.%I', schemaname, tablename) from pg_tables"
                + " where schemaname = '{awa}' and tablename ~ '_[0-9]+$' order by 1");
        assertThat(children).hasSizeGreaterThan(12);
        PostgresqlConnection connection =
                Objects.requireNonNull(rig.postgres.connections().create().block(Await.LONG));
        connection.beginTransaction().block(Await.LONG);
        connection
                .createStatement("lock table " + String.join(", ", children) + " in access exclusive mode")
                .execute()
                .concatMap(PostgresqlResult::getRowsUpdated)
                .blockLast(Await.LONG);
        return connection;
    }
}
