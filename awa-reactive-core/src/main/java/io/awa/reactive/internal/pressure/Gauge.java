package io.awa.reactive.internal.pressure;

import io.awa.reactive.engine.Engine;
import io.awa.reactive.pressure.QueuePressure;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** What is known of one queue, from whoever looked last. */
final class Gauge {

    /** A look this old answers those who only want to know. */
    static final Duration FRESH = Duration.ofMillis(250);

    private final String queue;
    private final Supplier<Mono<Reading>> depth;
    private final Supplier<Mono<Reading>> whole;
    private final Scheduler timer;
    private final AtomicReference<Known> known = new AtomicReference<>(new Known(
            null, DrainRate.UNKNOWN, System.nanoTime() - Duration.ofDays(1).toNanos()));
    private final AtomicReference<@Nullable Mono<QueuePressure>> looking = new AtomicReference<>();

    Gauge(String queue, Supplier<Mono<Reading>> depth, Supplier<Mono<Reading>> whole, Scheduler timer) {
        this.queue = queue;
        this.depth = depth;
        this.whole = whole;
        this.timer = timer;
    }

    /** A look at the depth that begins now; jobs that wait for keys are those that were last seen. */
    Mono<QueuePressure> look() {
        return Mono.defer(depth).map(this::seen);
    }

    private Mono<QueuePressure> lookAtAll() {
        return Mono.defer(whole).map(this::seen);
    }

    /** What was last seen; null: nothing. */
    @Nullable
    QueuePressure last() {
        return known().pressure();
    }

    /** What is known, looked at again where that is old; twice where the rate is not known. Lookers share their looks. */
    Mono<QueuePressure> now(Duration maxAge) {
        return Mono.defer(() -> {
            Known last = known();
            QueuePressure pressure = last.pressure();
            if (pressure != null && last.rate().known() && System.nanoTime() - last.nanos() < maxAge.toNanos()) {
                return Mono.just(pressure);
            }
            Mono<QueuePressure> going = looking.get();
            if (going != null) {
                return going;
            }
            Mono<QueuePressure> fresh = lookAtAll()
                    .flatMap(seen -> known().rate().known()
                            ? Mono.just(seen)
                            : Mono.delay(FRESH, timer).then(lookAtAll()))
                    .doFinally(end -> looking.set(null))
                    .cache();
            return looking.compareAndSet(null, fresh) ? fresh : now(maxAge);
        });
    }

    /** Again and again; a subscriber that is slow misses some. */
    Flux<QueuePressure> every(Duration pause) {
        return now(FRESH)
                .concatWith(Flux.interval(pause, timer)
                        .onBackpressureDrop()
                        .concatMap(
                                tick -> now(pause.dividedBy(2)).onErrorResume(Engine::isTransient, e -> Mono.empty()),
                                0));
    }

    private QueuePressure seen(Reading reading) {
        long now = System.nanoTime();
        Known fresh = known.updateAndGet(before -> {
            DrainRate rate = before.rate().seen(reading);
            QueuePressure last = before.pressure();
            Long counted = reading.gated();
            long gated = counted != null ? counted : last != null ? last.gated() : 0;
            return new Known(
                    QueuePressure.of(queue, reading.depth(), gated, rate.perSecond()),
                    rate,
                    counted != null ? now : before.nanos());
        });
        return Objects.requireNonNull(Objects.requireNonNull(fresh).pressure());
    }

    private Known known() {
        return Objects.requireNonNull(known.get());
    }

    /** Read and written as one. nanos: of the last look at all. */
    private record Known(@Nullable QueuePressure pressure, DrainRate rate, long nanos) {}
}
