package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.awa.reactive.Awa;
import io.awa.reactive.AwaValidationException;
import io.awa.reactive.enqueue.BulkEnqueueException;
import io.awa.reactive.enqueue.BulkResult;
import io.awa.reactive.enqueue.DuplicateJobException;
import io.awa.reactive.enqueue.Enqueued;
import io.awa.reactive.enqueue.Enqueuer;
import io.awa.reactive.enqueue.OnDuplicate;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobType;
import io.awa.reactive.job.Unique;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Unique jobs through the library: one by one, in bulk, in the caller's transaction. */
class UniqueEnqueueTest extends StorageTest {

    private static final JobType<Integer> NUMBER =
            JobType.of("number", Integer.class).queue("q").priority(1);
    private static final JobType<Integer> ONCE = NUMBER.unique(Unique.byArgs());

    private Awa awa;

    @BeforeEach
    void build() {
        // whatever the server would allow
        a.run("create or replace function keys_at_once() returns int language sql as 'select 256'");
        awa = Awa.builder(postgres().connections()).schema(schema()).build();
    }

    @AfterEach
    void close() {
        awa.close().block(Session.PATIENCE);
    }

    @Test
    void aSecondOneIsADuplicateOfTheFirst() {
        Enqueued first = get(awa.enqueue(ONCE.with(1)));
        assertThat(first).isInstanceOf(Enqueued.Inserted.class);
        assertThat(get(awa.enqueue(ONCE.with(1)))).isEqualTo(new Enqueued.Duplicate(first.id()));
        assertThat(get(awa.enqueue(ONCE.queue("other").with(1)))).isEqualTo(new Enqueued.Duplicate(first.id()));
        assertThat(get(awa.enqueue(ONCE.with(2)))).isInstanceOf(Enqueued.Inserted.class);
        assertThat(get(awa.enqueue(NUMBER.with(1)))).isInstanceOf(Enqueued.Inserted.class);
        assertThat(get(awa.enqueue(NUMBER.with(1).unique(Unique.byKey("k"))))).isInstanceOf(Enqueued.Inserted.class);
        assertThat(a.number("select count(*) from jobs_0 j join keys_0 k on k.key = j.key and k.job = j.pos"
                        + " and k.states = j.key_states where j.key_states = 575 and j.extras is null"))
                .isEqualTo(3);
    }

    /** Two instances on one schema, as two processes are, and many callers of each. */
    @Test
    void manyCallersOfTwoProcesses() {
        Awa second = Awa.builder(postgres().connections()).schema(schema()).build();
        List<Enqueued> answers = get(Flux.range(0, 2_000)
                .flatMap(i -> (i % 2 == 0 ? awa : second).enqueue(ONCE.with(i % 40)), 200)
                .collectList());
        assertThat(answers).filteredOn(Enqueued.Inserted.class::isInstance).hasSize(40);
        assertThat(answers.stream().map(Enqueued::id).distinct()).hasSize(40);
        assertThat(a.number("select count(*) from jobs_0")).isEqualTo(40);
        second.close().block(Session.PATIENCE);
    }

    /** An open transaction that has the key holds up nobody but those who ask for that key. */
    @Test
    void anOpenTransactionHoldsUpNoNeighbour() {
        a.begin();
        Enqueued first = get(awa.on(a.connection()).enqueue(ONCE.with(1)));
        CompletableFuture<Enqueued> waiting = awa.enqueue(ONCE.with(1)).toFuture();
        for (int i = 0; i < 20; i++) {
            assertThat(get(awa.enqueue(NUMBER.with(i)).timeout(Duration.ofSeconds(20))))
                    .isInstanceOf(Enqueued.Inserted.class);
            assertThat(get(awa.enqueue(ONCE.with(100 + i)).timeout(Duration.ofSeconds(20))))
                    .isInstanceOf(Enqueued.Inserted.class);
        }
        assertThat(waiting).isNotDone();
        a.commit();
        assertThat(Session.await(waiting)).isEqualTo(new Enqueued.Duplicate(first.id()));
    }

    @Test
    void aTransactionThatIsRolledBackGivesTheKeyAway() {
        a.begin();
        Enqueued first = get(awa.on(a.connection()).enqueue(ONCE.with(1)));
        CompletableFuture<Enqueued> waiting = awa.enqueue(ONCE.with(1)).toFuture();
        a.rollback();
        assertThat(Session.await(waiting)).isInstanceOf(Enqueued.Inserted.class);
        assertThat(Session.await(waiting).id()).isNotEqualTo(first.id());
    }

    @Test
    void periodsCountByThemselves() {
        Unique hourly = Unique.byArgs().within(Duration.ofMillis(1));
        Enqueued first = get(awa.enqueue(NUMBER.with(1).unique(hourly)));
        b.until("select 1 where clock_timestamp() > '" + a.text("select clock_timestamp() + interval '5 ms'") + "'");
        assertThat(get(awa.enqueue(NUMBER.with(1).unique(hourly)))).isInstanceOf(Enqueued.Inserted.class);
        Unique century = Unique.byArgs().within(Unique.MAX_PERIOD);
        Enqueued other = get(awa.enqueue(NUMBER.with(1).unique(century)));
        assertThat(get(awa.enqueue(NUMBER.with(1).unique(century)))).isEqualTo(new Enqueued.Duplicate(other.id()));
        assertThat(first.id()).isNotEqualTo(other.id());
    }

    @Test
    void bulkSkipsAndCounts() {
        get(awa.enqueueAll(ONCE, Flux.range(0, 100)));
        Flux<Job<Integer>> mixed = Flux.range(0, 6_000)
                .map(i -> i % 3 == 0
                        ? ONCE.with(i % 900)
                        : i % 3 == 1 ? NUMBER.with(i) : NUMBER.with(i).runAfter(Duration.ofHours(1)));
        // 300 keys are new or known; of the first 100 numbers 34 are known
        assertThat(get(awa.enqueueAll(mixed, OnDuplicate.SKIP)))
                .isEqualTo(new BulkResult(4_000 + 300 - 34, 2_000 - 300 + 34));
        assertThat(a.number("select count(*) from keys_0")).isEqualTo(100 + 300 - 34);
        assertThat(a.number("select count(*) from entries_0")).isEqualTo(2_000);
    }

    /** The chunk with the duplicate is not stored, those before it are; the error names the job that is there. */
    @Test
    void bulkFails() {
        Enqueued known = get(awa.enqueue(ONCE.with(5_000)));
        long before = a.number("select count(*) from jobs_0");
        BulkEnqueueException error = catchThrowableOfType(
                BulkEnqueueException.class,
                () -> get(awa.enqueueAll(Flux.range(0, 9_000).map(i -> i < 4_096 ? NUMBER.with(i) : ONCE.with(i)))));
        assertThat(error.getCause())
                .isInstanceOfSatisfying(
                        DuplicateJobException.class,
                        cause -> assertThat(cause.existing()).contains(known.id()));
        assertThat(error.certain()).isTrue();
        assertThat(error.stored()).isEqualTo(4_096 + 3 * 256);
        assertThat(a.number("select count(*) from jobs_0") - before).isEqualTo(error.stored());
    }

    /** A stream that skips duplicates and fails in the middle: what is stored and what is skipped say where to go on. */
    @Test
    void bulkSkipsUntilItFails() {
        get(awa.enqueueAll(ONCE, Flux.range(0, 100)));
        Flux<Job<Integer>> source = Flux.range(0, 2_000).map(i -> ONCE.with(i % 1_500));
        Mono<Long> fourChunks = Flux.interval(Duration.ofMillis(20), Schedulers.boundedElastic())
                .map(tick -> c.number("select count(*) from jobs_0"))
                .filter(stored -> stored == 1_024)
                .next();
        BulkEnqueueException error = catchThrowableOfType(
                BulkEnqueueException.class,
                () -> get(awa.enqueueAll(
                        source.take(1_100).concatWith(fourChunks.then(Mono.error(new IllegalStateException("dry")))),
                        OnDuplicate.SKIP)));
        assertThat(error.certain()).isTrue();
        assertThat(error.skipped()).isEqualTo(100);
        assertThat(error.stored()).isEqualTo(924);
        assertThat(error)
                .hasMessageContaining("924 stored jobs and 100 skipped duplicates")
                .hasMessageContaining("dry");
        BulkResult rest = get(awa.enqueueAll(source.skip(error.stored() + error.skipped()), OnDuplicate.SKIP));
        assertThat(rest).isEqualTo(new BulkResult(1_500 - 1_024, 500));
        assertThat(a.number("select count(*) from jobs_0")).isEqualTo(1_500);
    }

    /** The source fails while a chunk is on its way: that one is waited for, so that what is told is what is stored. */
    @Test
    void aSourceThatFailsWhileAChunkIsOnItsWay() {
        for (int i = 0; i < 60; i++) {
            int from = i * 1_000;
            long before = a.number("select count(*) from jobs_0");
            Mono<Job<Integer>> failure =
                    Mono.delay(Duration.ofNanos(i * 300_000L)).then(Mono.error(new IllegalStateException("dry")));
            BulkEnqueueException error = catchThrowableOfType(
                    BulkEnqueueException.class,
                    () -> get(awa.enqueueAll(
                            Flux.range(from, 512).map(ONCE::with).concatWith(failure), OnDuplicate.SKIP)));
            a.run("select pg_sleep(0.02)");
            assertThat(a.number("select count(*) from jobs_0") - before)
                    .as("round %s", i)
                    .isEqualTo(error.stored());
        }
    }

    /** A stream is cancelled at any moment: its connection comes back, and a chunk is stored with its keys or not at all. */
    @Test
    void aStreamThatIsCancelled() {
        String name = "stream " + Session.nonce();
        Awa cancelled = Awa.builder(new PostgresqlConnectionFactory(
                        postgres().configuration().applicationName(name).build()))
                .schema(schema())
                .build();
        get(cancelled.enqueue(NUMBER.with(0)));
        // Told by the server: what watches a factory counts a connection twice that is cancelled while it is handed
        // over.
        String sessions =
                "select 1 where not exists (select from pg_stat_activity where application_name = '" + name + "')";
        long stored = 0;
        for (int i = 0; i < 60; i++) {
            Disposable stream = cancelled
                    .enqueueAll(ONCE, Flux.range(i * 1_000, 600), OnDuplicate.SKIP)
                    .subscribe();
            LockSupport.parkNanos(i * 500_000L);
            stream.dispose();
            a.until(sessions);
            long now = a.number("select count(*) from jobs_0 where key is not null");
            assertThat(now).isGreaterThanOrEqualTo(stored);
            assertThat(a.number("select count(*) from keys_0 k join jobs_0 j on j.pos = k.job and j.key = k.key"))
                    .isEqualTo(now)
                    .isEqualTo(a.number("select count(*) from keys_0"));
            stored = now;
        }
        assertThat(stored).isPositive();
        cancelled.close().block(Session.PATIENCE);
    }

    /** In the caller's transaction the failed chunk stores nothing, and the transaction goes on. */
    @Test
    void bulkFailsInTheCallersTransaction() {
        Enqueued known = get(awa.enqueue(ONCE.with(7)));
        a.begin();
        DuplicateJobException error = catchThrowableOfType(
                DuplicateJobException.class, () -> get(awa.on(a.connection()).enqueueAll(ONCE, Flux.range(0, 20))));
        assertThat(error.existing()).contains(known.id());
        assertThat(get(awa.on(a.connection()).enqueueAll(ONCE, Flux.range(0, 20), OnDuplicate.SKIP)))
                .isEqualTo(new BulkResult(19, 1));
        a.commit();
        assertThat(a.number("select count(*) from jobs_0")).isEqualTo(20);
    }

    /** Calls that are made at once on a caller's connection: what one is about to store is a job for the other. */
    @Test
    void callsAtOnceInOneTransaction() {
        get(awa.enqueue(NUMBER.with(0)));
        a.begin();
        Enqueuer mine = awa.on(a.connection());
        long stored = get(Flux.merge(
                        mine.enqueueAll(ONCE, Flux.range(0, 100), OnDuplicate.SKIP),
                        mine.enqueue(ONCE.with(50))
                                .map(one -> new BulkResult(one instanceof Enqueued.Inserted ? 1 : 0, 0)),
                        mine.enqueueAll(ONCE, Flux.range(50, 100), OnDuplicate.SKIP))
                .map(BulkResult::inserted)
                .reduce(Long::sum));
        a.commit();
        assertThat(stored).isEqualTo(150);
        assertThat(a.number("select count(*) from jobs_0 where key is not null"))
                .isEqualTo(150);
        assertThat(a.number("select count(distinct key) from jobs_0")).isEqualTo(150);
    }

    /** The same key twice in one chunk: the second is a duplicate of the first. */
    @Test
    void twiceInOneChunk() {
        assertThat(get(awa.enqueueAll(ONCE, Flux.just(1, 2, 1, 2, 1), OnDuplicate.SKIP)))
                .isEqualTo(new BulkResult(2, 3));
        BulkEnqueueException error =
                catchThrowableOfType(BulkEnqueueException.class, () -> get(awa.enqueueAll(ONCE, Flux.just(3, 3))));
        assertThat(error.getCause())
                .isInstanceOfSatisfying(
                        DuplicateJobException.class,
                        cause -> assertThat(cause.existing()).isEmpty());
        assertThat(a.number("select count(*) from jobs_0")).isEqualTo(2);
    }

    @Test
    void aHundredThousandWithATenthOfDuplicates() {
        BulkResult result = Objects.requireNonNull(awa.enqueueAll(
                        ONCE, Flux.range(0, 100_000).map(i -> i % 10 == 9 ? i - 9 : i), OnDuplicate.SKIP)
                .block(Duration.ofMinutes(2)));
        assertThat(result).isEqualTo(new BulkResult(90_000, 10_000));
        assertThat(a.number("select count(*) from jobs_0")).isEqualTo(90_000);
    }

    @Test
    void refusalsComeBeforeTheDatabase() {
        JobType<Map> map = JobType.of("map", Map.class).unique(Unique.byArgs("id"));
        AwaValidationException error =
                catchThrowableOfType(AwaValidationException.class, () -> get(awa.enqueue(map.with(Map.of("x", 1)))));
        assertThat(error.field()).isEqualTo("unique.members");
        assertThat(get(awa.enqueue(map.with(Map.of("id", 1))))).isInstanceOf(Enqueued.Inserted.class);
    }

    private static <T> T get(Mono<T> mono) {
        return Objects.requireNonNull(mono.block(Session.PATIENCE));
    }
}
