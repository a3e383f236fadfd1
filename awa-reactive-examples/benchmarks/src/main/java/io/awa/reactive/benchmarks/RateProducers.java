package io.awa.reactive.benchmarks;

import io.awa.reactive.job.Job;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * An open loop: every millisecond, as many single enqueues as the rate asks for, whether or not earlier ones are
 * answered. A job's clock starts when it was due, so time that the loop lags behind counts as latency.
 */
final class RateProducers implements Producers {

    private static final Duration TICK = Duration.ofMillis(1);
    private static final int MOST_UNANSWERED = 500_000;

    private final Stage stage;
    private final Ledger ledger;
    private final LongFunction<Job<Payload>> next;
    private final double perNano;
    private final long started = System.nanoTime();
    private final Scheduler scheduler = Schedulers.newSingle("bench-rate", true);
    private final LongAdder answered = new LongAdder();
    private final AtomicReference<@Nullable Throwable> trouble = new AtomicReference<>();
    private final Disposable loop;
    private volatile long offered;

    RateProducers(Stage stage, Options options, Ledger ledger, int rate) {
        this(stage, ledger, rate, plain(ledger, new Payload.Maker(options.payloadBytes)));
    }

    /** @param next makes the job that is due at a time of System.nanoTime, and notes it in the ledger */
    RateProducers(Stage stage, Ledger ledger, int rate, LongFunction<Job<Payload>> next) {
        this.stage = stage;
        this.ledger = ledger;
        this.next = next;
        this.perNano = rate / 1e9;
        this.loop = Flux.interval(TICK, scheduler)
                .onBackpressureDrop()
                .subscribe(tick -> offer(), error -> trouble.compareAndSet(null, error));
    }

    private static LongFunction<Job<Payload>> plain(Ledger ledger, Payload.Maker maker) {
        return due -> Payload.TYPE.with(maker.of(ledger.begin(1, due)));
    }

    @Override
    public String api() {
        return "enqueue";
    }

    @Override
    public void finish(Duration patience) {
        close();
        boolean all = Pause.until(() -> answered.sum() >= offered, answered::sum, patience);
        Throwable error = trouble.get();
        if (error != null || !all) {
            throw new IllegalStateException((offered - answered.sum()) + " enqueues without answer", error);
        }
    }

    @Override
    public void close() {
        loop.dispose();
        scheduler.dispose();
    }

    private void offer() {
        long due = (long) ((System.nanoTime() - started) * perNano);
        for (long n = offered; n < due && n - answered.sum() < MOST_UNANSWERED; n++) {
            Job<Payload> job = next.apply(started + (long) (n / perNano));
            offered = n + 1;
            stage.awa()
                    .enqueue(job)
                    .subscribe(
                            stored -> ledger.enqueued(1),
                            error -> {
                                trouble.compareAndSet(null, error);
                                answered.increment();
                            },
                            answered::increment);
        }
    }
}
