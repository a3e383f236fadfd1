package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.awa.reactive.Awa;
import io.awa.reactive.AwaValidationException;
import io.awa.reactive.cron.CronSchedule;
import io.awa.reactive.cron.MissedFires;
import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** Workers that fire schedules: each time once, whoever looks. */
@Timeout(90)
class CronLoopTest {

    private static final String TIMES =
            "select extras -> 'meta' ->> 'cron_fire_time' from {awa}.jobs_0 where extras -> 'meta' ->> 'cron_name' = '";

    private final Faults faults = new Faults(AwaPostgres.shared().connections());
    private final Rig rig = new Rig(AwaPostgres.shared(), faults);

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void twoWorkersFireEachTimeOnce() {
        AtomicInteger done = new AtomicInteger();
        UnaryOperator<AwaWorkerBuilder> settings =
                w -> w.handle(Rig.NUMBER, job -> Mono.fromRunnable(done::incrementAndGet))
                        .schedule(each("each", "* * * * * *", 1), each("second", "*/2 * * * * *", 2))
                        .cron(Duration.ofMillis(100));
        rig.start(settings);
        rig.start(rig.instance(AwaPostgres.shared().connections()), settings);
        Await.until("eight seconds' fires", () -> times("each").size() >= 68);

        List<Instant> each = times("each");
        assertThat(each).doesNotHaveDuplicates().isSorted();
        for (int i = 1; i < each.size(); i++) {
            assertThat(each.get(i)).isEqualTo(each.get(i - 1).plusSeconds(1));
        }
        assertThat(times("second"))
                .doesNotHaveDuplicates()
                .isSorted()
                .hasSizeGreaterThan(30)
                .allMatch(time -> time.getEpochSecond() % 2 == 0);
        Await.until("worked", () -> done.get() >= 100);
    }

    @Test
    void declarationsOfOthersStay() {
        rig.awa.schedules().put(each("theirs", "0 0 1 1 *", 1)).block(Await.LONG);
        rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.empty()).schedule(each("ours", "0 0 1 1 *", 2)));
        assertThat(rig.sql("select name from {awa}.schedules order by 1")).containsExactly("ours", "theirs");
    }

    /** Whoever leads fires what is due, whether or not it declares any. */
    @Test
    void aLeaderWithoutSchedulesFiresThoseOfOthers() {
        rig.awa.schedules().put(each("s", "* * * * * *", 1)).block(Await.LONG);
        RunningWorker worker = rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.empty()));
        Await.until("fired and worked", () -> worker.stats().completed() >= 2);
    }

    /** Without maintenance nothing is fired unless told, not even what the worker declares itself. */
    @Test
    void aWorkerThatDoesNotMaintainFiresNothingUnlessTold() {
        rig.awa.schedules().put(each("s", "* * * * * *", 1)).block(Await.LONG);
        rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.empty())
                .schedule(each("own", "* * * * * *", 2))
                .withoutMaintenance());
        Await.staysTrue(
                "nothing fired",
                Duration.ofMillis(2_500),
                () -> times("s").isEmpty() && times("own").isEmpty());
        rig.start(w ->
                w.handle(Rig.NUMBER, job -> Mono.empty()).withoutMaintenance().cron(Duration.ofMillis(100)));
        Await.until("fired", () -> times("s").size() >= 2 && times("own").size() >= 2);
    }

    @Test
    void aLostConnectionCostsNoFire() {
        rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.empty())
                .schedule(each("s", "* * * * * *", 1))
                .cron(Duration.ofMillis(100)));
        Await.until("fires", () -> !times("s").isEmpty());
        int before = times("s").size();
        assertThat(rig.terminate("cron")).isEqualTo(1);
        Await.until("fires again", () -> times("s").size() >= before + 3);
        List<Instant> times = times("s");
        assertThat(times).doesNotHaveDuplicates();
        assertThat(times.get(times.size() - 1)).isEqualTo(times.get(0).plusSeconds(times.size() - 1));
    }

    @Test
    void anErrorEndsNoLoop() {
        Faults.Rule rule = faults.refuse("due_schedules", 3, "58000");
        rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.empty())
                .schedule(each("s", "* * * * * *", 1))
                .cron(Duration.ofMillis(100)));
        Await.until("fires", () -> times("s").size() > 1);
        assertThat(rule.times()).isEqualTo(3);
    }

    /** A firing wakes its queue, here one that polls hardly ever. */
    @Test
    void aFireWakesTheQueue() {
        Duration forever = Duration.ofMinutes(1);
        RunningWorker worker = rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.empty())
                .queue("q", q -> q.poll(forever, forever))
                .schedule(each("s", "* * * * * *", 1))
                .cron(Duration.ofMillis(100)));
        Await.until(() -> "worked", Duration.ofSeconds(30), () -> worker.stats().completed() >= 2);
    }

    @Test
    void aDrainedWorkerFiresNoMore() {
        RunningWorker worker = rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.empty())
                .schedule(each("s", "* * * * * *", 1))
                .cron(Duration.ofMillis(100)));
        Await.until("fires", () -> !times("s").isEmpty());
        assertThat(worker.drain(Duration.ofSeconds(5)).block(Await.LONG))
                .matches(report -> report != null && report.clean());
        // One that is on its way may come; the connection is the instance's and stays.
        Await.until(
                () -> "nothing is on its way: " + rig.sessions(),
                Await.LONG,
                () -> rig.number("select count(*) from pg_stat_activity where application_name = '" + rig.name
                                + " cron' and state <> 'idle'")
                        == 0);
        int before = times("s").size();
        Await.staysTrue("no more", Duration.ofMillis(1_500), () -> times("s").size() == before);
    }

    @Test
    void whatIsRefusedStopsTheStart() {
        Awa awa = rig.awa;
        AwaWorkerBuilder builder = AwaWorker.builder(awa).handle(Rig.NUMBER, job -> Mono.empty());
        AwaWorker worker = builder.schedule(
                        CronSchedule.of("s", "* * * * *", Rig.NUMBER.with(1).tags("x".repeat(500))))
                .build();
        assertThatExceptionOfType(AwaValidationException.class)
                .isThrownBy(() -> worker.start().block(Await.LONG))
                .withMessageContaining("tags");
        assertThatExceptionOfType(AwaValidationException.class)
                .isThrownBy(() -> builder.schedule(each("s", "* * * * *", 1)))
                .withMessageContaining("one schedule of each name");
        assertThatExceptionOfType(AwaValidationException.class)
                .isThrownBy(() -> builder.cron(Duration.ofMillis(1)))
                .withMessageContaining("cron");
    }

    private static CronSchedule each(String name, String cron, int number) {
        return CronSchedule.of(name, cron, Rig.NUMBER.with(number)).missedFires(MissedFires.CATCH_UP);
    }

    private List<Instant> times(String name) {
        return rig.sql(TIMES + name + "' order by pos").stream()
                .map(Instant::parse)
                .toList();
    }
}
