package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.testkit.Seeds;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Whoever leaves at any moment takes nothing along: no connection, no transaction, no job. */
@ExtendWith(OneTry.class)
@Timeout(120)
class CancelStormTest {

    private static final AtomicInteger STORMS = new AtomicInteger();

    private final String birthName = "storm" + STORMS.incrementAndGet();
    private final SplittableRandom random = Seeds.random(Seeds.one());
    private Rig rig;

    @BeforeEach
    void open() {
        // Named from birth, so that a connection nobody ever used is seen as well.
        rig = new Rig(
                AwaPostgres.shared(),
                new PostgresqlConnectionFactory(AwaPostgres.shared()
                        .configuration()
                        .applicationName(birthName)
                        .build()));
    }

    @AfterEach
    void close() {
        rig.close();
        Await.until(() -> "closed: " + rig.sessions(), Await.LONG, () -> rig.connections() == 0 && born() == 0);
    }

    private long born() {
        return rig.number("select count(*) from pg_stat_activity where application_name = '" + birthName + "'");
    }

    private long openTransactions() {
        return rig.number("select count(*) from pg_stat_activity where state like 'idle in transaction%'"
                + " and (application_name = '" + birthName + "' or application_name like '" + rig.name + " %')");
    }

    private void pause(long nanos) {
        LockSupport.parkNanos(random.nextLong(1, nanos));
    }

    @Test
    void disposedEnqueuesAreStoredOnceOrNot() {
        List<Disposable> left = new ArrayList<>();
        AtomicLong told = new AtomicLong();
        for (int i = 0; i < 4_000; i++) {
            Disposable one = rig.awa.enqueue(Rig.NUMBER.with(i)).subscribe(id -> told.incrementAndGet());
            left.add(one);
            if (i % 3 == 0) {
                left.get(random.nextInt(left.size())).dispose();
            }
            if (i % 100 == 0) {
                pause(2_000_000);
            }
        }
        // Who is not told yet would be told between the two looks below.
        Await.until("all are told or gone", () -> left.stream().allMatch(Disposable::isDisposed));
        finish();
        Ledger ledger = rig.ledger();
        assertThat(ledger.jobs()).isBetween(told.get(), 4_000L);
        assertThat(rig.number(
                        "select count(*) from (select args::text from {awa}.jobs_0 group by 1 having count(*) > 1) x"))
                .as("stored twice")
                .isZero();
    }

    @Test
    void disposedBulkEnqueuesLeaveAPrefixAndNothingOpen() {
        AtomicInteger numbers = new AtomicInteger();
        for (int round = 0; round < 60; round++) {
            Disposable one = rig.awa
                    .enqueueAll(Rig.NUMBER, Flux.range(0, 50_000).map(i -> numbers.incrementAndGet()))
                    .subscribe(n -> {}, error -> {});
            pause(30_000_000);
            one.dispose();
        }
        Await.until(() -> "closed: " + born(), Await.LONG, () -> born() == 0);
        assertThat(openTransactions()).isZero();
        finish();
    }

    @Test
    void aSubscriberThatThrowsStoresNothingTwice() {
        ConcurrentLinkedQueue<Object> told = new ConcurrentLinkedQueue<>();
        for (int i = 0; i < 200; i++) {
            Mono<?> one = rig.awa.enqueue(Rig.NUMBER.with(i));
            if (i % 10 == 5) {
                one.subscribe(new Rude());
            } else {
                one.subscribe(told::add);
            }
        }
        Await.until(() -> "told: " + told.size(), Await.LONG, () -> told.size() == 180);
        // Of those that threw nobody says when they are stored.
        Await.until(
                () -> "stored: " + rig.ledger(), Await.LONG, () -> rig.ledger().jobs() == 200);
        finish();
        assertThat(rig.ledger().jobs()).isEqualTo(200);
    }

    @Test
    void startedAndDrainedWorkersHandOnEveryJob() {
        rig.enqueue(6_000);
        List<Mono<DrainReport>> drains = new ArrayList<>();
        for (int round = 0; round < 25; round++) {
            RunningWorker worker = rig.start(w -> w.handle(Rig.NUMBER, this::briefly)
                    .queue("q", q -> q.workers(random.nextInt(1, 40)))
                    .withoutMaintenance());
            pause(20_000_000);
            Mono<DrainReport> drain = worker.drain(Duration.ofMillis(random.nextInt(50)));
            drain.subscribe().dispose();
            drains.add(drain);
        }
        List<DrainReport> reports =
                Objects.requireNonNull(Flux.concat(drains).collectList().block(Await.LONG));
        assertThat(reports).allMatch(DrainReport::clean);
        assertThat(rig.ledger().held()).isZero();
        finish();
    }

    /** One last worker ends everything that is stored, each job once. */
    private void finish() {
        Awa last = rig.instance(AwaPostgres.shared().connections());
        rig.start(last, w -> w.handle(Rig.NUMBER, job -> Mono.empty()).queue("q", q -> q.workers(512)));
        Ledger ledger = rig.settled();
        assertThat(ledger).matches(l -> l.completed() == l.jobs() && l.twice() == 0);
        Await.until(() -> "no transaction stays open: " + rig.sessions(), Await.LONG, () -> openTransactions() == 0);
    }

    private Mono<Outcome> briefly(ActiveJob<Integer> job) {
        return job.args() % 3 == 0
                ? Mono.delay(Duration.ofMillis(job.args() % 7)).thenReturn(Outcome.done())
                : Mono.just(Outcome.done());
    }

    /** Breaks the rules. */
    private static final class Rude implements Subscriber<Object> {

        @Override
        public void onSubscribe(Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(Object value) {
            throw new IllegalStateException("rude");
        }

        @Override
        public void onError(Throwable error) {
            throw new IllegalStateException("rude", error);
        }

        @Override
        public void onComplete() {
            throw new IllegalStateException("rude");
        }
    }
}
