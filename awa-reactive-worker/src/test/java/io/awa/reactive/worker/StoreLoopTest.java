package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.worker.maintenance.MaintenanceOptions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Promotion and the turning of the store in running workers. */
class StoreLoopTest {

    private static final String ADD =
            "select cardinality({awa}.add_entries(array(select row(null, null, %s, null, null,"
                    + " l.lane, k.kind, null, 0, 25, null, 's', null, null, i::text::json, null)::{awa}.new_entry"
                    + " from generate_series(1, %d) i, {awa}.lanes l, {awa}.kinds k where k.name = 'number')))";

    @Test
    void dueJobsRunSoonAfterTheirTime() {
        try (Rig rig = new Rig()) {
            rig.enqueue(1);
            RunningWorker worker = start(rig, MaintenanceOptions.defaults());
            RunningWorker rival = start(rig, MaintenanceOptions.defaults());
            Await.until("the first", () -> done(worker, rival) == 1);
            rig.sql(adding("clock_timestamp() + interval '500 ms'", 200));
            rig.sql(adding("clock_timestamp() + interval '1 day'", 200));
            Await.until("the due ones", () -> done(worker, rival) == 201);
            assertThat(rig.number("select count(*) from {awa}.jobs_0")).isEqualTo(201);
            assertThat(rig.number("select (extract(epoch from max(x.at - e.due_at)) * 1000)::int from {awa}.endings_0 x"
                            + " join {awa}.entries_0 e on e.entry = x.entry"))
                    .as("ms late")
                    .isLessThan(10_000);
        }
    }

    @Test
    void theRingTurnsUnderLoadAndLosesNothing() {
        try (Rig rig = new Rig()) {
            rig.enqueue(1);
            MaintenanceOptions quick = MaintenanceOptions.defaults()
                    .interval(Duration.ofMillis(20))
                    .promoteEvery(Duration.ofMillis(20))
                    .rotateStore(Duration.ofSeconds(1), 1 << 30);
            RunningWorker worker = start(rig, quick);
            RunningWorker rival = start(rig, quick);
            rig.sql(adding("clock_timestamp() + interval '1 day'", 50));
            int due = 0;
            for (int i = 0; i < 40; i++) {
                rig.sql(adding("clock_timestamp() + interval '50 ms'", 100));
                due += 100;
                Await.staysTrue("a moment", Duration.ofMillis(100), () -> true);
            }
            int all = due + 1;
            Await.until("all are done", () -> done(worker, rival) == all);
            Await.until(
                    "stores come and go",
                    () -> rig.number("select count(*) from {awa}.stores where reclaimed_at is not null") >= 2);
            assertThat(rig.number(
                            "select count(*) from {awa}.stores where reclaimed_at < finished_at + interval '10 s'"))
                    .as("given back before who asks again had time to")
                    .isZero();
            assertThat(worker.stats().failed() + rival.stats().failed()).isZero();
            assertThat(rig.number("select count(*) from (select e.entry, x.outcome from {awa}.entries_0 e left join"
                            + " {awa}.endings_0 x on x.entry = e.entry union all select e.entry, x.outcome from"
                            + " {awa}.entries_1 e left join {awa}.endings_1 x on x.entry = e.entry union all"
                            + " select e.entry, x.outcome from {awa}.entries_2 e left join {awa}.endings_2 x on"
                            + " x.entry = e.entry union all select e.entry, x.outcome from {awa}.entries_3 e"
                            + " left join {awa}.endings_3 x on x.entry = e.entry) y where outcome is null"))
                    .isEqualTo(50);
        }
    }

    /** A worker that loses its connections goes on promoting, from the beginning. */
    @Test
    void aBrokenConnectionIsReplaced() {
        try (Rig rig = new Rig()) {
            rig.enqueue(1);
            RunningWorker worker = start(rig, MaintenanceOptions.defaults());
            Await.until("the first", () -> worker.stats().completed() == 1);
            rig.sql(adding("clock_timestamp()", 10));
            Await.until("ten", () -> worker.stats().completed() == 11);
            assertThat(rig.terminate("promote")).isEqualTo(1);
            rig.terminate("store maintenance");
            rig.sql(adding("clock_timestamp()", 10));
            Await.until("twenty", () -> worker.stats().completed() == 21);
        }
    }

    /** Adds jobs that are due at a moment. */
    static String adding(String due, int jobs) {
        return String.format(ADD, due, jobs);
    }

    private static long done(RunningWorker one, RunningWorker other) {
        return one.stats().completed() + other.stats().completed();
    }

    private static RunningWorker start(Rig rig, MaintenanceOptions options) {
        return rig.start(builder ->
                builder.handle(Rig.NUMBER, job -> Mono.just(Outcome.done())).maintenance(any -> options));
    }
}
