package io.awa.reactive.worker;

import io.awa.reactive.engine.Claims;
import io.awa.reactive.engine.Closures;
import io.awa.reactive.engine.Engine;
import io.awa.reactive.engine.Workers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Claim sources without a worker around them. */
final class SourceRig implements AutoCloseable {

    final Rig rig;
    final Counters counters = new Counters();
    final AtomicInteger holes = new AtomicInteger();
    private final int queue;
    final LiveClaims live;
    private final int worker;
    private final Closures closures;
    private final Releases releases;
    private final Engine engine;
    private final Scheduler scheduler = Schedulers.newParallel("test-claim", 1, true);
    private final List<Claims> claims = new ArrayList<>();

    SourceRig(Rig rig) {
        this.rig = rig;
        this.engine = rig.awa.engine();
        this.queue = Objects.requireNonNull(engine.queue("q").block());
        this.worker = Objects.requireNonNull(register());
        Nonces nonces = new Nonces(worker);
        this.live = new LiveClaims(nonces);
        this.closures = engine.closures("test");
        this.releases = new Releases(closures, nonces, live, counters);
    }

    private int register() {
        Workers workers = engine.workers();
        int number = Objects.requireNonNull(workers.register("test").block());
        workers.close().block();
        return number;
    }

    ClaimSource source() {
        return source(Duration.ofMillis(5), Duration.ofMillis(20));
    }

    ClaimSource source(Duration pollMin, Duration pollMax) {
        return source(lane(), pollMin, pollMax);
    }

    /** A connection for sources that follow each other. */
    Claims lane() {
        Claims own = engine.claims("test");
        claims.add(own);
        return own;
    }

    ClaimSource source(Claims own, Duration pollMin, Duration pollMax) {
        return new ClaimSource(
                new ClaimSource.Settings("q", queue, worker, 512, 0, pollMin, pollMax),
                own,
                releases,
                live,
                scheduler,
                counters,
                holes::incrementAndGet,
                Gate.OPEN);
    }

    /** Subscribes with this demand to begin with. */
    Taker take(ClaimSource source, long demand) {
        Taker taker = new Taker(demand);
        source.subscribe(taker);
        return taker;
    }

    @Override
    public void close() {
        scheduler.dispose();
        claims.forEach(one -> one.close().block());
        Mono.when(closures.close()).block();
        rig.close();
    }

    /** Keeps what it gets. */
    static class Taker extends BaseSubscriber<Member> {

        final Queue<Member> got = new ConcurrentLinkedQueue<>();
        final AtomicInteger late = new AtomicInteger();
        private final long demand;

        Taker(long demand) {
            this.demand = demand;
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            if (demand > 0) {
                subscription.request(demand);
            }
        }

        @Override
        protected void hookOnNext(Member job) {
            got.add(job);
        }

        List<Long> positions() {
            return got.stream().map(job -> job.claim().position(job.ordinal())).toList();
        }

        void has(int jobs) {
            Await.until(() -> "has " + jobs + ", got " + got.size(), Await.LONG, () -> got.size() >= jobs);
        }
    }
}
