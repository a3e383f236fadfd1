package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.awa.reactive.Awa;
import io.awa.reactive.AwaValidationException;
import io.awa.reactive.admin.JobView;
import io.awa.reactive.cron.CronSchedule;
import io.awa.reactive.cron.MissedFires;
import io.awa.reactive.cron.PutOutcome;
import io.awa.reactive.cron.ScheduleView;
import io.awa.reactive.cron.Schedules;
import io.awa.reactive.cron.TickOutcome;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobType;
import io.awa.reactive.job.Unique;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Schedules through the library's own classes. */
class SchedulesTest extends StorageTest {

    private static final JobType<Payload> TYPE =
            JobType.of("report", Payload.class).queue("reports").priority(3).maxAttempts(7);

    private Awa awa = null;
    private Schedules schedules = null;

    @BeforeEach
    void connect() {
        awa = Awa.builder(postgres().connections()).schema(schema()).build();
        schedules = awa.schedules();
    }

    @AfterEach
    void close() {
        awa.close().block(Session.PATIENCE);
    }

    @Test
    void whatIsPutIsSeen() {
        CronSchedule daily = CronSchedule.of(
                        "daily",
                        "0 9 * * MON-FRI",
                        TYPE.with(new Payload(1)).tags("t").metadata("own", 1))
                .zone("Europe/Berlin")
                .missedFires(MissedFires.CATCH_UP);
        assertThat(get(schedules.put(daily))).isEqualTo(PutOutcome.CREATED);
        assertThat(get(schedules.put(daily))).isEqualTo(PutOutcome.UNCHANGED);
        assertThat(get(schedules.put(daily.missedFires(MissedFires.COALESCE)))).isEqualTo(PutOutcome.CHANGED);

        ScheduleView view = get(schedules.get("daily"));
        assertThat(view.cron()).isEqualTo("0 9 * * MON-FRI");
        assertThat(view.zone()).isEqualTo("Europe/Berlin");
        assertThat(view.missedFires()).isEqualTo(MissedFires.COALESCE);
        assertThat(view.queue()).isEqualTo("reports");
        assertThat(view.priority()).isEqualTo(3);
        assertThat(view.kind()).isEqualTo("report");
        assertThat(view.maxAttempts()).isEqualTo(7);
        assertThat(view.args()).isEqualTo("{\"n\":1}");
        assertThat(view.extras()).isEqualTo("{\"meta\": {\"own\": 1}, \"tags\": [\"t\"]}");
        assertThat(view.lastFire()).isNull();
        assertThat(view.nextFire()).isAfter(view.createdAt().minusSeconds(61));
        assertThat(view.pausedAt()).isNull();

        assertThat(get(schedules.pause("daily", "ops"))).isTrue();
        assertThat(get(schedules.pause("daily", "ops"))).isFalse();
        ScheduleView paused = get(schedules.get("daily"));
        assertThat(paused.pausedBy()).isEqualTo("ops");
        assertThat(paused.pausedAt()).isNotNull();
        assertThat(paused.nextFire()).isNull();
        assertThat(get(schedules.resume("daily"))).isTrue();
        assertThat(get(schedules.resume("daily"))).isFalse();
        assertThat(get(schedules.remove("daily"))).isTrue();
        assertThat(get(schedules.remove("daily"))).isFalse();
        assertThat(schedules.get("daily").block(Session.PATIENCE)).isNull();
        assertThat(schedules.trigger("daily").block(Session.PATIENCE)).isNull();
    }

    @Test
    void pagesOfNames() {
        for (String name : List.of("c", "a", "e", "b", "d")) {
            get(schedules.put(CronSchedule.of(name, "0 9 * * *", TYPE.with(new Payload(1)))));
        }
        assertThat(names("", 2)).containsExactly("a", "b");
        assertThat(names("b", 2)).containsExactly("c", "d");
        assertThat(names("d", 2)).containsExactly("e");
        assertThat(names("e", 2)).isEmpty();
        assertThatExceptionOfType(AwaValidationException.class).isThrownBy(() -> names("", 0));
        assertThatExceptionOfType(AwaValidationException.class).isThrownBy(() -> names("", 1_001));
    }

    @Test
    void declarationsAreCheckedBeforeTheDatabaseSeesThem() {
        assertThatExceptionOfType(AwaValidationException.class)
                .isThrownBy(() -> CronSchedule.of("n".repeat(201), "* * * * *", TYPE.with(new Payload(1))))
                .withMessageContaining("schedule.name")
                .withMessageContaining("at most 200 characters");
        Job<Payload> job = TYPE.with(new Payload(1));
        assertRefused(job.runAt(Instant.EPOCH), "runAt", "the expression says when");
        assertRefused(job.runAfter(Duration.ZERO), "runAfter", "the expression says when");
        assertRefused(job.unique(Unique.byArgs()), "unique", "each fire time enqueues one job");
        assertThatExceptionOfType(AwaValidationException.class)
                .isThrownBy(() -> CronSchedule.of("s", "* * * * *", TYPE.with(new Payload(1)))
                        .zone("Nowhere"));
        assertThatExceptionOfType(AwaValidationException.class)
                .isThrownBy(() -> get(schedules.put(CronSchedule.of(
                        "s", "* * * * *", TYPE.with(new Payload(1)).tags("t".repeat(201))))));
        assertThat(names("", 10)).isEmpty();
    }

    private static void assertRefused(Job<?> job, String setting, String why) {
        assertThatExceptionOfType(AwaValidationException.class)
                .isThrownBy(() -> CronSchedule.of("s", "* * * * *", job))
                .withMessageContaining("schedule.job." + setting)
                .withMessageContaining(why);
    }

    /** The first declaration looks back one minute at most: here, to the fire time in it. */
    @Test
    void nothingIsFiredFromBeforeItWasDeclared() {
        get(schedules.put(every("s", MissedFires.CATCH_UP, "* * * * *")));
        // Two, where a minute begins right here.
        assertThat(fired(tick()).times()).hasSizeBetween(1, 2);
        get(schedules.put(CronSchedule.of("y", "0 0 1 1 *", TYPE.with(new Payload(1)))));
        assertThat(tick()).filteredOn(TickOutcome.Idle.class::isInstance).isNotEmpty();
    }

    @Test
    void coalescingFiresTheLatestOnly() {
        get(schedules.put(every("s", MissedFires.COALESCE, "* * * * * *")));
        missed("s", Duration.ofDays(30));
        TickOutcome.Fired fired = fired(tick());
        assertThat(fired.times()).hasSize(1);
        assertThat(fired.ids()).hasSize(1);
        assertThat(Duration.between(fired.times().get(0), now())).isLessThan(Duration.ofSeconds(10));
        assertThat(get(schedules.get("s")).lastFire()).isEqualTo(fired.times().get(0));
        JobView job = get(awa.admin().job(fired.ids().get(0)));
        assertThat(job.kind()).isEqualTo("report");
        assertThat(job.queue()).isEqualTo("reports");
        assertThat(job.priority()).isEqualTo(3);
        assertThat(job.maxAttempts()).isEqualTo(7);
        assertThat(job.args()).isEqualTo("{\"n\":1}");
        assertThat(job.extras())
                .isEqualTo("{\"meta\": {\"cron_name\": \"s\", \"cron_fire_time\": \""
                        + fired.times().get(0) + "\"}}");
    }

    @Test
    void catchingUpFiresEachUpToTheLimitAndGoesOnWithTheNextTick() {
        get(schedules.put(every("s", MissedFires.CATCH_UP, "* * * * * *")));
        missed("s", Duration.ofSeconds(1_500));
        Instant mark = Objects.requireNonNull(get(schedules.get("s")).lastFire());
        TickOutcome.Fired first = fired(tick());
        assertThat(first.times()).hasSize(1_000);
        assertThat(first.ids()).hasSize(1_000).doesNotHaveDuplicates();
        assertThat(first.times().get(0)).isEqualTo(mark.plusSeconds(1));
        assertThat(first.times().get(999)).isEqualTo(mark.plusSeconds(1_000));
        TickOutcome.Fired second = fired(tick());
        assertThat(second.times()).hasSizeBetween(500, 900);
        assertThat(second.times().get(0)).isEqualTo(mark.plusSeconds(1_001));
        assertThat(a.number("select count(*) from jobs_0"))
                .isEqualTo(1_000 + second.times().size());
        assertThat(a.number("select count(*) from (select extras -> 'meta' ->> 'cron_fire_time' from jobs_0 group by 1"
                        + " having count(*) > 1) x"))
                .isZero();
    }

    /** All of a tick's jobs travel in one statement: fewer of them where they are large. */
    @Test
    void largeArgumentsAreCaughtUpInSmallerSteps() {
        JobType<String> large = JobType.of("large", String.class).queue("q");
        get(schedules.put(CronSchedule.of("s", "* * * * * *", large.with("x".repeat(1_000_000)))
                .missedFires(MissedFires.CATCH_UP)));
        missed("s", Duration.ofSeconds(100));
        assertThat(fired(tick()).times()).hasSize(4);
    }

    @Test
    void aPausedScheduleSkipsWhatItMissed() {
        get(schedules.put(every("s", MissedFires.CATCH_UP, "* * * * *")));
        missed("s", Duration.ofHours(5));
        get(schedules.pause("s", "ops"));
        assertThat(tick()).isEmpty();
        assertThat(get(schedules.trigger("s")).value()).isPositive();
        get(schedules.resume("s"));
        assertThat(tick()).allSatisfy(outcome -> {
            // A minute may begin right here.
            if (outcome instanceof TickOutcome.Fired fired) {
                assertThat(fired.times()).hasSize(1);
            } else {
                assertThat(outcome).isInstanceOf(TickOutcome.Idle.class);
            }
        });
        assertThat(a.number("select count(*) from jobs_0")).isBetween(1L, 2L);
    }

    @Test
    void manyLeadersFireEachTimeOnce() {
        List<Awa> leaders = new ArrayList<>(List.of(awa));
        for (int i = 0; i < 3; i++) {
            leaders.add(Awa.builder(postgres().connections()).schema(schema()).build());
        }
        get(schedules.put(every("one", MissedFires.CATCH_UP, "* * * * * *")));
        get(schedules.put(every("two", MissedFires.CATCH_UP, "*/2 * * * * *")));
        missed("one", Duration.ofSeconds(3_000));
        missed("two", Duration.ofSeconds(3_000));
        List<TickOutcome> all = get(Flux.fromIterable(leaders)
                .flatMap(leader -> leader.schedules().tick().repeat(10), 4)
                .collectList());
        long ids = all.stream()
                .mapToLong(outcome ->
                        outcome instanceof TickOutcome.Fired fired ? fired.ids().size() : 0)
                .sum();
        assertThat(all).noneMatch(TickOutcome.Failed.class::isInstance);
        assertThat(a.number("select count(*) from jobs_0")).isEqualTo(ids).isGreaterThanOrEqualTo(4_500);
        assertThat(a.number("select count(distinct extras) from jobs_0")).isEqualTo(ids);
        Flux.fromIterable(leaders).flatMap(Awa::close, 4).blockLast(Session.PATIENCE);
    }

    /** One that cannot be read does not keep the others from firing. */
    @Test
    void oneThatFailsIsReportedAndTheOthersFire() {
        for (String name : List.of("a", "b", "c")) {
            get(schedules.put(every(name, MissedFires.COALESCE, "* * * * * *")));
            missed(name, Duration.ofSeconds(10));
        }
        a.run("update schedules set zone = 'Mars/Olympus' where name = 'a'");
        a.run("alter table schedules drop constraint schedules_extras_check");
        a.run("update schedules set extras = jsonb_build_object('tags', array[repeat('x', 140000)]) where name = 'b'");
        List<TickOutcome> outcomes = tick();
        assertThat(outcomes).hasSize(3);
        assertThat(outcomes.get(0))
                .isInstanceOfSatisfying(
                        TickOutcome.Failed.class,
                        failed -> assertThat(failed.error())
                                .isInstanceOf(AwaValidationException.class)
                                .hasMessageContaining("Mars/Olympus"));
        assertThat(outcomes.get(1)).isInstanceOf(TickOutcome.Failed.class);
        assertThat(outcomes.get(2)).isInstanceOf(TickOutcome.Fired.class);
        assertThat(a.text("select last_fire < clock_timestamp() - interval '5 s' from schedules where name = 'b'"))
                .isEqualTo("true");
        assertThat(get(schedules.get("a")).nextFire()).isNull();
    }

    @Test
    void theQueueHearsOfAFire() {
        Collection<String> heard = new ConcurrentLinkedQueue<>();
        Disposable listening = awa.engine().onStored(heard::add);
        get(schedules.put(every("s", MissedFires.COALESCE, "* * * * * *")));
        missed("s", Duration.ofSeconds(10));
        fired(tick());
        assertThat(heard).containsExactly("reports");
        get(schedules.trigger("s"));
        assertThat(heard).containsExactly("reports", "reports");
        listening.dispose();
    }

    private static CronSchedule every(String name, MissedFires policy, String cron) {
        return CronSchedule.of(name, cron, TYPE.with(new Payload(1))).missedFires(policy);
    }

    /** As if nobody had ticked for that long. */
    private void missed(String name, Duration time) {
        a.run("update schedules set since = since - interval '1 year', last_fire = date_trunc('second',"
                + " clock_timestamp()) - interval '" + time.toSeconds() + " s' where name = '" + name + "'");
    }

    private List<TickOutcome> tick() {
        return get(schedules.tick().collectList());
    }

    private static TickOutcome.Fired fired(List<TickOutcome> outcomes) {
        return outcomes.stream()
                .filter(TickOutcome.Fired.class::isInstance)
                .map(TickOutcome.Fired.class::cast)
                .findFirst()
                .orElseThrow(() -> new AssertionError("nothing fired: " + outcomes));
    }

    private Instant now() {
        return Instant.parse(
                a.text("select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"));
    }

    private List<String> names(String after, int limit) {
        return get(schedules.list(after, limit).map(ScheduleView::name).collectList());
    }

    private static <T> T get(Mono<T> mono) {
        return Objects.requireNonNull(mono.block(Session.PATIENCE));
    }

    record Payload(int n) {}
}
