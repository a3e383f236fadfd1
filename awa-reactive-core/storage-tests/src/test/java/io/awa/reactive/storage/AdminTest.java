package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.Awa;
import io.awa.reactive.AwaValidationException;
import io.awa.reactive.admin.Admin;
import io.awa.reactive.admin.CancelOutcome;
import io.awa.reactive.admin.DeleteOutcome;
import io.awa.reactive.admin.Destination;
import io.awa.reactive.admin.JobDetails;
import io.awa.reactive.admin.JobEvent;
import io.awa.reactive.admin.JobFilter;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.admin.JobView;
import io.awa.reactive.admin.MoveOutcome;
import io.awa.reactive.admin.QueueSettings;
import io.awa.reactive.admin.RetryOptions;
import io.awa.reactive.admin.RetryOutcome;
import io.awa.reactive.engine.Control;
import io.awa.reactive.enqueue.Enqueued;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
import io.awa.reactive.job.Unique;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** The administration as the library offers it. */
class AdminTest extends StorageTest {

    private Awa awa;
    private Admin admin;

    @BeforeEach
    void start() {
        awa = Awa.builder(postgres().connections()).schema(schema()).build();
        admin = awa.admin();
    }

    @AfterEach
    void stop() {
        awa.close().block(Session.PATIENCE);
    }

    @Test
    void theWorkerOfACancelledJobIsTold() {
        Life life = Life.in(a, "q");
        List<Control> heard = new ArrayList<>();
        var listening = awa.engine().channel().controls().subscribe(heard::add);
        c.until("select 1 from pg_stat_activity where application_name like '%listen' and query like 'LISTEN%"
                + a.text("select channel()") + "'");
        Taken claim = life.running();
        long held = life.job("running, held");
        assertThat(get(admin.cancel(new JobId(Life.at(claim, 0)), "no more")))
                .isEqualTo(new CancelOutcome.Cancelled(new JobId(Life.at(claim, 0)), JobState.RUNNING));
        assertThat(get(admin.cancel(new JobId(held)))).isInstanceOf(CancelOutcome.Cancelled.class);
        a.run("select request('{\"op\":\"cancel\",\"ids\":[]}')");
        Mono.defer(() -> Mono.justOrEmpty(heard.size() >= 5 ? true : null))
                .repeatWhenEmpty(again -> again.delayElements(Duration.ofMillis(5)))
                .block(Session.PATIENCE);
        assertThat(heard)
                .contains(
                        new Control.Cancel(1, claim.nonce(), 0),
                        new Control.Cancel(1, 0, (1L << 50) + held),
                        new Control.Requests());
        listening.dispose();
        assertThat(get(admin.job(new JobId(Life.at(claim, 0)))).reason()).isEqualTo("no more");
    }

    @Test
    void deadLetters() {
        Life life = Life.in(a, "q");
        get(admin.queue("q")
                .settings(QueueSettings.defaults().deadLetters(true))
                .thenReturn(1));
        long id = life.job("failed");
        assertThat(Life.state(a, id)).isEqualTo("dead");
        long other = life.job("dead");
        JobId job = new JobId(id);
        assertThat(ids(admin.deadLetters().list(JobFilter.ofKind("k")))).containsExactly(other, id);
        assertThat(admin.deadLetters()
                        .list(JobFilter.ofTag("none"))
                        .collectList()
                        .block(Session.PATIENCE))
                .isEmpty();
        assertThat(get(admin.deadLetters().get(job)).error()).isEqualTo("E: boom");
        assertThat(get(admin.deadLetters().remove(job))).isEqualTo(new MoveOutcome.Moved(job, JobState.DEAD));
        assertThat(get(admin.deadLetters().retry(job, RetryOptions.now())))
                .isEqualTo(new RetryOutcome.NotRetryable(job, JobState.FAILED));
        assertThat(get(admin.deadLetters().add(job, "look at it")))
                .isEqualTo(new MoveOutcome.Moved(job, JobState.FAILED));
        assertThat(get(admin.deadLetters().get(job)).reason()).isEqualTo("look at it");
        assertThat(get(admin.deadLetters().retry(job, RetryOptions.now().priority(1))))
                .isEqualTo(new RetryOutcome.Retried(job, JobState.DEAD));
        JobView retried = get(admin.job(job));
        assertThat(retried.state()).isEqualTo(JobState.AVAILABLE);
        assertThat(retried.attempt()).isZero();
        assertThat(retried.error()).isEqualTo("E: boom");
        assertThat(admin.deadLetters().purgeAll(JobFilter.all()).collectList().block(Session.PATIENCE))
                .containsExactly(new DeleteOutcome.Deleted(new JobId(other), JobState.DEAD));
        assertThat(admin.deadLetters().list(JobFilter.all()).collectList().block(Session.PATIENCE))
                .isEmpty();
        Taken claim = life.claim();
        assertThat(a.complete(claim).fresh()).isEqualTo("1");
        Life.endAll(a);
    }

    /** What failed is kept in the store, whatever becomes of its segment. */
    @Test
    void aFailedJobSurvivesItsSegment() {
        Life life = Life.in(a, "q");
        JobId id = new JobId(life.job("failed"));
        JobId completed = new JobId(life.job("completed"));
        Life.endAll(a);
        assertThat(admin.job(completed).blockOptional(Session.PATIENCE)).isEmpty();
        assertThat(get(admin.job(id)).state()).isEqualTo(JobState.FAILED);
        assertThat(a.number("select extract(epoch from until - now()) / 3600 from entries_0 where origin = " + id))
                .isBetween(71L, 72L);
        assertThat(get(admin.retry(id))).isEqualTo(new RetryOutcome.Retried(id, JobState.FAILED));
        Taken claim = life.claim();
        assertThat(a.complete(claim).fresh()).isEqualTo("1");
        assertThat(get(admin.job(id)).state()).isEqualTo(JobState.COMPLETED);
        Life.endAll(a);
    }

    @Test
    void theLifeOfAJob() {
        Life life = Life.in(a, "q");
        long id = life.scheduled("interval '0'");
        a.run("select promote(0, clock_timestamp(), null, null, 10, 1)");
        Taken first = life.claim();
        a.run(Life.closeCall(first, "t"));
        get(admin.retry(new JobId(id)));
        a.run("select promote(0, clock_timestamp(), null, null, 10, 2)");
        a.run(Life.closeCall(life.claim(), "f"));
        get(admin.retry(new JobId(id)));
        a.complete(life.claim());
        JobDetails details = get(admin.details(new JobId(id)));
        assertThat(details.job().state()).isEqualTo(JobState.COMPLETED);
        assertThat(details.events().stream().map(JobEvent::type))
                .containsSubsequence(
                        JobEvent.Type.SCHEDULED,
                        JobEvent.Type.PROMOTED,
                        JobEvent.Type.CLAIMED,
                        JobEvent.Type.ENDED,
                        JobEvent.Type.RETRYING,
                        JobEvent.Type.MOVED,
                        JobEvent.Type.PROMOTED,
                        JobEvent.Type.CLAIMED,
                        JobEvent.Type.FAILED,
                        JobEvent.Type.REQUEUED,
                        JobEvent.Type.CLAIMED,
                        JobEvent.Type.ENDED);
        assertThat(details.events().stream().filter(e -> e.type() == JobEvent.Type.ERROR))
                .hasSize(2)
                .allMatch(e -> "E: boom".equals(e.detail()));
        assertThat(details.events().stream()
                        .filter(e -> e.type() == JobEvent.Type.CLAIMED)
                        .map(JobEvent::worker))
                .containsOnly(1);
        assertThat(details.events().get(details.events().size() - 1).detail()).isEqualTo("completed");
    }

    @Test
    void byFilter() {
        a.put(1, 1_200);
        int other = lane("other", 1);
        a.put(other, 5);
        StepVerifier.create(admin.cancelAll(JobFilter.ofQueue("q"), null), 3)
                .expectNextCount(3)
                .thenCancel()
                .verify(Session.PATIENCE);
        assertThat(a.number("select count(*) from marks_0")).as("one page").isEqualTo(500);
        assertThat(admin.cancelAll(JobFilter.ofQueue("q"), null).count().block(Session.PATIENCE))
                .isEqualTo(700);
        assertThat(admin.moveAll(JobFilter.all(), Destination.of("q", 3))
                        .count()
                        .block(Session.PATIENCE))
                .isEqualTo(5);
        assertThat(admin.moveAll(JobFilter.all(), Destination.queue("q"))
                        .count()
                        .block(Session.PATIENCE))
                .as("nothing to move")
                .isZero();
        assertThat(admin.retryAll(JobFilter.in(JobState.CANCELLED), RetryOptions.now())
                        .filter(RetryOutcome.Retried.class::isInstance)
                        .count()
                        .block(Session.PATIENCE))
                .isEqualTo(1_200);
        assertThat(admin.jobs(JobFilter.in(JobState.AVAILABLE))
                        .map(JobView::id)
                        .distinct()
                        .count()
                        .block(Session.PATIENCE))
                .isEqualTo(1_205);
        Life.endAll(a);
    }

    @Test
    void listsAndCounts() {
        Life life = Life.in(a, "q");
        Set<Long> all = new java.util.HashSet<>();
        for (String state : List.of(
                "scheduled",
                "running",
                "running, held",
                "waiting",
                "completed",
                "completed, held",
                "retrying",
                "snoozed",
                "failed",
                "dead",
                "cancelled",
                "cancelled, marked",
                "available")) {
            for (int i = 0; i < 3 && !state.equals("available"); i++) {
                all.add(life.job(state));
            }
        }
        // One of a key's jobs runs, and three wait for it.
        Keyed keyed = new Keyed(a);
        all.addAll(keyed.put(life.lane(), "k", "k", "k", "k"));
        assertThat(keyed.take(4).size()).isEqualTo(1);
        for (int i = 0; i < 3; i++) {
            all.add(life.available());
        }
        List<JobView> found = admin.jobs(JobFilter.all()).collectList().block(Session.PATIENCE);
        assertThat(found).hasSize(43);
        assertThat(found.stream().map(job -> job.id().value()).collect(Collectors.toSet()))
                .isEqualTo(all);
        for (JobState state : JobState.values()) {
            int expected = switch (state) {
                case RUNNING -> 7;
                case COMPLETED, CANCELLED -> 6;
                default -> 3;
            };
            assertThat(admin.jobs(JobFilter.in(state).queue("q")).collectList().block(Session.PATIENCE))
                    .as("%s", state)
                    .hasSize(expected)
                    .allMatch(job -> job.state() == state);
        }
        assertThat(admin.jobs(JobFilter.ofQueue("nobody's")).collectList().block(Session.PATIENCE))
                .isEmpty();
        assertThat(admin.jobs(JobFilter.all().olderThan(Duration.ofMinutes(1)))
                        .collectList()
                        .block(Session.PATIENCE))
                .isEmpty();
        var counts = admin.counts("q")
                .collectMap(c -> c.state(), c -> c.count().value())
                .block(Session.PATIENCE);
        assertThat(counts)
                .containsEntry(JobState.RUNNING, 7L)
                .containsEntry(JobState.GATED, 3L)
                .containsEntry(JobState.SCHEDULED, 3L)
                .containsEntry(JobState.WAITING, 3L)
                .containsEntry(JobState.RETRYING, 3L)
                .containsEntry(JobState.SNOOZED, 3L)
                .containsEntry(JobState.FAILED, 3L)
                .containsEntry(JobState.DEAD, 3L)
                .containsEntry(JobState.CANCELLED, 3L);
        var overview = get(admin.queue("q").overview());
        assertThat(counts.get(JobState.AVAILABLE)).as("an upper bound").isBetween(3L, 6L);
        assertThat(overview.depth()).isBetween(3L, 6L);
        assertThat(overview.lag()).isNotNull();
        assertThat(overview.endsPerSecond()).isPositive();
        assertThat(overview.drainTime()).isNotNull().isPositive();
    }

    /** A drain that waits for no open jobs must not see none while the last one goes from one state to the next. */
    @Test
    void countsAreOfOneMoment() {
        Entered.add(a, "z", -1);
        Gate gate = Gate.before(c, "counts", CountsTest.MOVES_ON).shut();
        var counts = counts();
        gate.untilWaitedFor(b, 0);
        assertThat(Entered.promote(b, 0)).isEqualTo(1);
        gate.open();
        assertThat(Session.await(counts))
                .containsEntry(JobState.SNOOZED, 1L)
                .doesNotContainEntry(JobState.AVAILABLE, 1L);
        assertThat(Session.await(counts())).containsEntry(JobState.AVAILABLE, 1L);
    }

    /** Its store is emptied before it is read: the answer is void, and asked for again. */
    @Test
    void countsThatMetATruncateAreTakenAgain() {
        Entered.add(a, "s", 3_600_000);
        assertThat(Entered.rotate(a)).isEqualTo("Rotated");
        Gate gate = Gate.before(c, "counts", CountsTest.MOVES_ON).shut();
        var counts = counts();
        gate.untilWaitedFor(b, 0);
        assertThat(Entered.reclaim(b, 1)).isEqualTo("Pruned");
        gate.open();
        assertThat(Session.await(counts)).containsEntry(JobState.SCHEDULED, 1L);
    }

    private CompletableFuture<Map<JobState, Long>> counts() {
        return admin.counts("q")
                .collectMap(count -> count.state(), count -> count.count().value())
                .toFuture();
    }

    /** A job that comes back takes its unique key again, or stays where it is. */
    @Test
    void aRetryTakesTheKeyAgain() {
        JobType<Integer> once = JobType.of("k", Integer.class)
                .queue("q")
                .unique(Unique.byArgs().during(JobState.AVAILABLE, JobState.RUNNING));
        Life life = Life.in(a, "q");
        JobId first = get(awa.enqueue(once.with(1))).id();
        a.run(Life.closeCall(life.claim(), "d"));
        JobId second = get(awa.enqueue(once.with(1))).id();
        assertThat(second).isNotEqualTo(first);
        assertThat(get(admin.retry(first))).isEqualTo(new RetryOutcome.Duplicate(first, second));
        assertThat(get(admin.job(first)).state()).isEqualTo(JobState.DEAD);
        a.run(Life.closeCall(life.claim(), "d"));
        assertThat(admin.deadLetters()
                        .retryAll(JobFilter.all(), RetryOptions.now())
                        .collectList()
                        .block(Session.PATIENCE))
                .as("of two with one key the first one")
                .containsExactlyInAnyOrder(
                        new RetryOutcome.Retried(first, JobState.DEAD), new RetryOutcome.Duplicate(second, first));
        assertThat(get(awa.enqueue(once.with(1)))).isInstanceOf(Enqueued.Duplicate.class);
        assertThat(get(admin.move(first, Destination.priority(1)))).isInstanceOf(MoveOutcome.Moved.class);
        assertThat(get(awa.enqueue(once.with(1)))).isInstanceOf(Enqueued.Duplicate.class);
        assertThat(get(admin.cancel(first))).isInstanceOf(CancelOutcome.Cancelled.class);
        assertThat(get(admin.retry(second))).isEqualTo(new RetryOutcome.Retried(second, JobState.DEAD));
        assertThat(get(admin.retry(first))).isEqualTo(new RetryOutcome.Duplicate(first, second));
        Life.endAll(a);
    }

    @Test
    void queueSettings() {
        QueueSettings settings = QueueSettings.defaults()
                .deadLetters(true)
                .backoff(Duration.ofMillis(250), Duration.ofMinutes(5))
                .deadline(Duration.ofSeconds(30))
                .keep(Duration.ofHours(1), Duration.ofHours(2), Duration.ofHours(3))
                .aging(Duration.ofSeconds(10));
        assertThat(admin.queue("new").settings().blockOptional(Session.PATIENCE))
                .isEmpty();
        admin.queue("new").settings(settings).block(Session.PATIENCE);
        assertThat(get(admin.queue("new").settings())).isEqualTo(settings);
        admin.queue("new").settings(QueueSettings.defaults()).block(Session.PATIENCE);
        assertThat(get(admin.queue("new").settings())).isEqualTo(QueueSettings.defaults());
        assertThat(get(admin.queue("q").settings())).isEqualTo(QueueSettings.defaults());
        assertThatThrownBy(() -> settings.backoff(Duration.ZERO, Duration.ofDays(1)))
                .isInstanceOf(AwaValidationException.class)
                .hasMessageContaining("backoff");
        assertThatThrownBy(() -> settings.backoff(Duration.ofMinutes(2), Duration.ofMinutes(1)))
                .isInstanceOf(AwaValidationException.class)
                .hasMessageContaining("backoffMax");
    }

    /** D5: a head older than any smallint of aging steps. */
    @Test
    void agingOfVeryOldJobs() {
        int low = lane("q", 4);
        a.run("select restore(array[" + low + "], array[1], array[0], array[25], array[null]::bigint[],"
                + " array[clock_timestamp() - interval '30 days'], array['{}']::json[], array[null]::jsonb[])");
        admin.queue("q")
                .settings(QueueSettings.defaults().aging(Duration.ofMillis(1)))
                .block(Session.PATIENCE);
        a.enqueue(1);
        Life life = Life.in(a, "q");
        assertThat(life.claim().lane()).as("the oldest first").isEqualTo(low);
        assertThat(life.claim().lane()).isEqualTo(1);
    }

    private static <T> T get(Mono<T> mono) {
        return Objects.requireNonNull(mono.block(Session.PATIENCE));
    }

    private static List<Long> ids(Flux<JobView> jobs) {
        return Objects.requireNonNull(
                jobs.map(job -> job.id().value()).collectList().block(Session.PATIENCE));
    }
}
