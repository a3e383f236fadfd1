package io.awa.reactive.worker;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;

/** A subscriber to claims that keeps what it gets; it asks for what it is told to. */
class Taking extends BaseSubscriber<ClaimedJob<Integer>> {

    final Queue<ClaimedJob<Integer>> got = new ConcurrentLinkedQueue<>();
    volatile boolean complete;
    volatile @Nullable Throwable error;
    private final long demand;

    Taking(long demand) {
        this.demand = demand;
    }

    /** Takes the numbers of a worker. */
    static Taking from(RunningWorker worker, long demand) {
        Taking taking = new Taking(demand);
        worker.claims("q", Rig.NUMBER).subscribe(taking);
        return taking;
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
        if (demand > 0) {
            subscription.request(demand);
        }
    }

    @Override
    protected void hookOnNext(ClaimedJob<Integer> job) {
        got.add(job);
    }

    @Override
    protected void hookOnComplete() {
        complete = true;
    }

    @Override
    protected void hookOnError(Throwable failure) {
        error = failure;
    }

    Taking has(int jobs) {
        Await.until(() -> "has " + jobs + ", got " + got.size(), Await.LONG, () -> got.size() >= jobs);
        return this;
    }

    ClaimedJob<Integer> job(int index) {
        return new ArrayList<>(has(index + 1).got).get(index);
    }

    List<Integer> numbers() {
        return got.stream().map(ActiveJob::args).toList();
    }

    /** Completes all that it has. */
    void completeAll() {
        for (ClaimedJob<Integer> job : got) {
            settle(job.complete());
        }
    }

    static Settled settle(Mono<Settled> settle) {
        return java.util.Objects.requireNonNull(settle.block(Await.LONG));
    }
}
