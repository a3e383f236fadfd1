package io.awa.reactive.worker;

import io.awa.reactive.job.JobType;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * What ordinary operators ask a source of claims for: rows claimed in the database while nothing is settled. The table of
 * docs/guide/claims.md.
 */
@Timeout(180)
class ClaimsOperatorsTest {

    private static final int JOBS = 2_000;
    private static final AtomicInteger QUEUES = new AtomicInteger();

    private static Rig rig;
    private static RunningWorker worker;

    @BeforeAll
    static void start() {
        rig = new Rig();
        worker = rig.start(w -> w.withoutHandlers().withoutMaintenance());
    }

    @AfterAll
    static void stop() {
        worker.drain(Duration.ZERO).block(Await.LONG);
        rig.close();
    }

    enum Chain {
        FLAT_MAP(8, claims -> claims.flatMap(Chain::never, 8, 1)),
        FLAT_MAP_SEQUENTIAL(8, claims -> claims.flatMapSequential(Chain::never, 8, 1)),
        FLAT_MAP_ALONE(256, claims -> claims.flatMap(Chain::never)),
        CONCAT_MAP_0(1, claims -> claims.concatMap(Chain::never, 0)),
        CONCAT_MAP_1(2, claims -> claims.concatMap(Chain::never, 1)),
        CONCAT_MAP_ALONE(1, claims -> claims.concatMap(Chain::never)),
        LIMIT_RATE(16, claims -> claims.limitRate(16).flatMap(Chain::never, 8, 1)),
        PUBLISH_ON_1(9, claims -> claims.publishOn(Schedulers.parallel(), 1).flatMap(Chain::never, 8, 1)),
        PUBLISH_ON_ALONE(256, claims -> claims.publishOn(Schedulers.parallel()).flatMap(Chain::never, 8, 1)),
        GROUP_BY(
                264,
                claims -> claims.groupBy(job -> job.args() % 4).flatMap(group -> group.flatMap(Chain::never, 2, 1))),
        GROUP_BY_1(
                16,
                claims -> claims.groupBy(job -> job.args() % 4, 8)
                        .flatMap(group -> group.flatMap(Chain::never, 2, 1), 4, 1)),
        PARALLEL(JOBS, claims -> claims.parallel(2).runOn(Schedulers.parallel()).flatMap(Chain::never)),
        PARALLEL_1(
                11,
                claims -> claims.parallel(2, 1).runOn(Schedulers.parallel(), 1).flatMap(Chain::never, false, 4, 1)),
        BUFFER(100, claims -> claims.buffer(100).concatMap(Chain::never, 0)),
        BUFFER_TIMEOUT(
                100, claims -> claims.bufferTimeout(100, Duration.ofMillis(20)).concatMap(Chain::never, 0)),
        BUFFER_TIMEOUT_FAIR(
                400,
                claims -> claims.bufferTimeout(100, Duration.ofMillis(20), true).concatMap(Chain::never, 0)),
        TAKE(5, claims -> claims.take(5)),
        TAKE_UNTIL_OTHER(8, claims -> claims.takeUntilOther(Mono.never()).flatMap(Chain::never, 8, 1)),
        MAP_FILTER(
                8,
                claims -> claims.filter(job -> true)
                        .map(job -> job)
                        .doOnNext(job -> {})
                        .flatMap(Chain::never, 8, 1)),
        WINDOW(100, claims -> claims.window(100).concatMap(Chain::never, 0)),
        ON_BACKPRESSURE_BUFFER(JOBS, claims -> claims.onBackpressureBuffer().flatMap(Chain::never, 8, 1)),
        SUBSCRIBE(JOBS, claims -> claims);

        private final int rows;
        private final Function<Flux<ClaimedJob<Integer>>, Publisher<?>> chain;

        Chain(int rows, Function<Flux<ClaimedJob<Integer>>, Publisher<?>> chain) {
            this.rows = rows;
            this.chain = chain;
        }

        private static <T> Mono<T> never(T job) {
            return Mono.never();
        }
    }

    @ParameterizedTest
    @EnumSource
    void asksFor(Chain chain) {
        JobType<Integer> type = JobType.of("number", Integer.class).queue("o" + QUEUES.incrementAndGet());
        rig.awa.enqueueAll(type, Flux.range(0, JOBS)).block(Await.LONG);
        Disposable running =
                Flux.from(chain.chain.apply(worker.claims(type.queue(), type))).subscribe();
        Await.until(
                () -> "claimed " + chain.rows + ", are " + claimed(type.queue()),
                Await.LONG,
                () -> claimed(type.queue()) >= chain.rows);
        Await.staysTrue("no more is claimed", Duration.ofMillis(300), () -> claimed(type.queue()) == chain.rows);
        running.dispose();
    }

    private static long claimed(String queue) {
        return rig.number("select coalesce(sum(c.n), 0) from {awa}.claims_0 c join {awa}.lanes l using (lane)"
                + " join {awa}.queues q using (queue) where q.name = '" + queue + "' and c.n > 0");
    }
}
