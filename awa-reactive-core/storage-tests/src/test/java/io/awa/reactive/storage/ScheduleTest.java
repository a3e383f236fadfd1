package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.CancelOutcome;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.admin.JobView;
import io.awa.reactive.admin.RetryOptions;
import io.awa.reactive.admin.RetryOutcome;
import io.awa.reactive.enqueue.Enqueued;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
import io.awa.reactive.job.Unique;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Jobs that wait for their time, from the API to their lane. */
class ScheduleTest extends StorageTest {

    private static final JobType<Integer> NUMBER =
            JobType.of("number", Integer.class).queue("q").priority(1);

    private Awa awa;

    @BeforeEach
    void build() {
        awa = Awa.builder(postgres().connections()).schema(schema()).build();
    }

    @AfterEach
    void close() {
        awa.close().block(Session.PATIENCE);
    }

    @Test
    void aTimeToComeIsKeptToTheMicrosecond() {
        Instant time = Instant.parse("2099-12-31T23:59:59.123456Z");
        JobId id = stored(
                NUMBER.with(1).runAt(time).deadline(Duration.ofSeconds(7)).tags("t"));
        assertThat(JobId.parse(id.toString())).isEqualTo(id);
        assertThat(Lives.state(a, id.value())).isEqualTo("s");
        assertThat(a.text("select (due_at at time zone 'UTC')::text || extras from entries_0 where entry = " + id))
                .isEqualTo("2099-12-31 23:59:59.123456{\"tags\": [\"t\"], \"deadline\": 7000}");
        assertThat(Lives.promote(a, 0)).isZero();

        JobId far = stored(NUMBER.with(1).runAt(Instant.parse("9999-12-31T23:59:59.999999Z")));
        assertThat(a.text("select (due_at at time zone 'UTC')::text from entries_0 where entry = " + far))
                .isEqualTo("9999-12-31 23:59:59.999999");
    }

    /** A time that is over makes a scheduled job too: one way for all times, and none overtakes its lane. */
    @Test
    void aTimeThatIsOverIsDueAtOnce() {
        JobId first = stored(NUMBER.with(1).runAt(Instant.MIN));
        JobId second = stored(NUMBER.with(2).runAfter(Duration.ZERO));
        assertThat(a.claim(10).status()).isEqualTo("empty");
        assertThat(a.number("select count(*) from entries_0 where due_at < created_at"))
                .isZero();
        assertThat(Lives.promote(a, 0)).isEqualTo(2);
        Taken claim = a.claim(10);
        assertThat(claim.args()).containsExactly("1", "2");
        a.complete(claim);
        assertThat(List.of(Lives.state(a, first.value()), Lives.state(a, second.value())))
                .containsExactly("c", "c");
    }

    /** The delay counts from the enqueue, by the database's clock, each time anew. */
    @Test
    void aDelayCountsFromEachEnqueue() {
        Job<Integer> job = NUMBER.with(1).runAfter(Duration.ofHours(1));
        stored(job);
        stored(job);
        assertThat(a.number(
                        "select count(*) from entries_0 where due_at - created_at between interval '1 hour -1 second'"
                                + " and interval '1 hour 1 second'"))
                .isEqualTo(2);
        assertThat(a.number("select count(distinct due_at) from entries_0")).isEqualTo(2);
    }

    /** Another time, earlier or later, with the same id and the same state; and none at all. */
    @Test
    void rescheduledAndCancelled() {
        JobId id = stored(NUMBER.with(1).runAfter(Duration.ofHours(1)));
        Instant later = Instant.parse("2099-12-31T23:59:59.123456Z");
        assertThat(get(awa.admin().retry(id, RetryOptions.at(later))))
                .isEqualTo(new RetryOutcome.Retried(id, JobState.SCHEDULED));
        JobView moved = get(awa.admin().job(id));
        assertThat(moved.state()).isEqualTo(JobState.SCHEDULED);
        assertThat(moved.dueAt()).isEqualTo(later);
        assertThat(Lives.promote(a, 0)).isZero();

        get(awa.admin().retry(id, RetryOptions.after(Duration.ofMinutes(5))));
        assertThat(get(awa.admin().job(id)).dueAt())
                .isBetween(Instant.now().plusSeconds(200), Instant.now().plusSeconds(400));
        get(awa.admin().retry(id));
        assertThat(Lives.promote(a, 0)).isEqualTo(1);
        assertThat(get(awa.admin().job(id)).state()).isEqualTo(JobState.AVAILABLE);

        JobId unwanted = stored(NUMBER.with(2).runAt(Instant.EPOCH));
        assertThat(get(awa.admin().cancel(unwanted)))
                .isEqualTo(new CancelOutcome.Cancelled(unwanted, JobState.SCHEDULED));
        assertThat(Lives.promote(a, 0)).isZero();
        assertThat(get(awa.admin().job(unwanted)).state()).isEqualTo(JobState.CANCELLED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"read committed", "repeatable read", "serializable"})
    void inTheCallersTransaction(String isolation) {
        Job<Integer> job = NUMBER.with(1).runAfter(Duration.ofHours(1)).unique(Unique.byArgs());
        a.begin(isolation);
        Enqueued gone = get(awa.on(a.connection()).enqueue(job));
        a.rollback();
        assertThat(Lives.state(b, gone.id().value())).isEqualTo("null");
        assertThat(b.number("select (select count(*) from entries_0) + (select count(*) from keys_0)"))
                .isZero();

        a.begin(isolation);
        Enqueued kept = get(awa.on(a.connection()).enqueue(job));
        long stored = get(awa.on(a.connection())
                .enqueueAll(Flux.range(2, 300)
                        .map(i -> i % 2 == 0 ? NUMBER.with(i) : NUMBER.with(i).runAfter(Duration.ofHours(1)))));
        assertThat(stored).isEqualTo(300);
        assertThat(b.number("select count(*) from entries_0")).isZero();
        a.commit();
        assertThat(Lives.state(b, kept.id().value())).isEqualTo("s");
        assertThat(b.number("select count(*) from entries_0")).isEqualTo(151);
        assertThat(get(awa.enqueue(job))).isEqualTo(new Enqueued.Duplicate(kept.id()));
    }

    /** A connection without a transaction, too. */
    @Test
    void onABorrowedConnectionInAutocommit() {
        Enqueued job = get(awa.on(a.connection()).enqueue(NUMBER.with(1).runAfter(Duration.ofHours(1))));
        assertThat(get(awa.on(a.connection())
                        .enqueueAll(Flux.just(NUMBER.with(2), NUMBER.with(3).runAt(Instant.EPOCH)))))
                .isEqualTo(2);
        assertThat(Lives.state(b, job.id().value())).isEqualTo("s");
    }

    /** Plain, scheduled and unique jobs of callers at the same time share statements; each hears of its own. */
    @Test
    void singlesOfAllSorts() {
        Unique terms = Unique.byArgs();
        List<Enqueued> answers = get(Flux.fromStream(IntStream.range(0, 2_000).boxed())
                .flatMap(
                        i -> switch (i % 4) {
                            case 0 -> awa.enqueue(NUMBER.with(i));
                            case 1 -> awa.enqueue(NUMBER.with(i).runAfter(Duration.ofHours(1)));
                            case 2 -> awa.enqueue(NUMBER.with(i).unique(terms));
                            default -> awa.enqueue(NUMBER.with(i - 1).unique(terms));
                        },
                        2_000)
                .collectList());
        assertThat(answers).filteredOn(Enqueued.Duplicate.class::isInstance).hasSize(500);
        assertThat(answers.stream().map(Enqueued::id).distinct()).hasSize(1_500);
        assertThat(a.number("select count(*) from jobs_0")).isEqualTo(1_000);
        assertThat(a.number("select count(*) from entries_0 where state = 's'")).isEqualTo(500);
        assertThat(a.number("select count(*) from keys_0")).isEqualTo(500);
    }

    /** In bulk, chunks of plain jobs go by COPY, others by one statement; lanes keep the order of the source. */
    @Test
    void bulkKeepsTheOrderOfALane() {
        Flux<Job<Integer>> jobs = Flux.range(0, 10_000)
                .map(i -> i == 5_000
                        ? NUMBER.with(i).unique(Unique.byArgs())
                        : i == 5_001 ? NUMBER.with(i).runAt(Instant.EPOCH) : NUMBER.with(i));
        assertThat(get(awa.enqueueAll(jobs))).isEqualTo(10_000);
        assertThat(a.number("select count(*) from (select args::text::int n, lag(args::text::int) over (order by pos) m"
                        + " from jobs_0) x where n < m"))
                .isZero();
        assertThat(a.number("select count(*) from jobs_0")).isEqualTo(9_999);
    }

    private JobId stored(Job<?> job) {
        Enqueued answer = get(awa.enqueue(job));
        assertThat(answer).isInstanceOf(Enqueued.Inserted.class);
        return answer.id();
    }

    private static <T> T get(Mono<T> mono) {
        return Objects.requireNonNull(mono.block(Session.PATIENCE));
    }
}
