package io.awa.reactive.test;

import io.awa.reactive.Awa;
import io.awa.reactive.cron.ScheduleView;
import io.awa.reactive.cron.Schedules;
import io.awa.reactive.cron.TickOutcome;
import io.awa.reactive.engine.KeyPlaces;
import io.awa.reactive.engine.PromoteOutcome;
import io.awa.reactive.engine.Promotion;
import io.awa.reactive.engine.Requests;
import io.awa.reactive.engine.Rescue;
import io.awa.reactive.worker.maintenance.RescueOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Moves the clock from stop to stop, and does at each what a worker's maintenance would have done meanwhile. */
final class Passage {

    static final int MOST_STOPS = 10_000;

    private static final Duration MAINTAINED = Duration.ofMinutes(1);
    private static final int BATCH = 4_096;
    private static final int KEYS = 200;
    private static final int PAGE = 1_000;
    private static final RescueOptions RESCUE = RescueOptions.defaults();

    // Rescue watches for its staleness, by passes that are no more than half of it apart.
    private static final Duration LOOK = RESCUE.staleness().dividedBy(3);
    private static final int LOOKS = 5;

    private final ClockCell clock;
    private final Schedules schedules;
    private final Promotion promotion;
    private final Requests requests;
    private final Rescue rescue;
    private final KeyPlaces keys;
    private final int worker;
    private final AtomicInteger counter = new AtomicInteger();
    private final Runnable maintenance;

    /**
     * @param worker      a registered number, for nonces
     * @param maintenance one pass over segments and stores
     */
    Passage(ClockCell clock, Awa awa, int worker, Runnable maintenance) {
        this.clock = clock;
        this.schedules = awa.schedules();
        this.promotion = awa.engine().promotion();
        this.requests = awa.engine().requests();
        this.rescue = awa.engine().rescue();
        this.keys = awa.engine().keyPlaces("test");
        this.worker = worker;
        this.maintenance = maintenance;
    }

    /** Lets time pass. */
    synchronized void to(Instant end) {
        Instant watch = end.minus(LOOK.multipliedBy(LOOKS - 1L));
        Instant begun = clock.now();
        Instant now = begun;
        stop(now);
        for (int stops = 0; now.isBefore(end); stops++) {
            if (stops == MOST_STOPS) {
                throw new IllegalStateException(MOST_STOPS + " fire times of schedules are passed, and " + end
                        + " is not reached: advance in steps");
            }
            now = next(now, watch, end);
            stop(now);
        }
        if (!end.isBefore(begun.plus(MAINTAINED))) {
            maintenance.run();
        }
    }

    private Instant next(Instant now, Instant watch, Instant end) {
        Instant look = now.isBefore(watch) ? watch : now.plus(LOOK);
        Instant next = look.isBefore(end) ? look : end;
        Instant fire = nextFire();
        return fire != null && fire.isBefore(next) && fire.isAfter(now) ? fire : next;
    }

    private @Nullable Instant nextFire() {
        return Await.orNull(schedules
                .list("", PAGE)
                .mapNotNull(ScheduleView::nextFire)
                .sort()
                .next());
    }

    private void stop(Instant moment) {
        clock.advanceTo(moment);
        Await.end(schedules.tick().doOnNext(Passage::fired));
        Await.end(rescue.pass(new Rescue.Limits(RESCUE.staleness(), RESCUE.grace()), this::nonce));
        Await.end(requests.pass());
        promote();
    }

    /** Puts what is due into its lane, and what its concurrency key lets through; answers how many jobs. */
    int promote() {
        int all = granted();
        PromoteOutcome outcome;
        do {
            outcome = Await.value(promotion.promote(BATCH, nonce()));
            all += outcome instanceof PromoteOutcome.Promoted some ? some.count() : 0;
        } while (outcome.more());
        return all;
    }

    // A worker gives a place on when it ends a job; these are places of processes that died.
    private int granted() {
        int all = 0;
        @Nullable String after = "";
        while (after != null) {
            KeyPlaces.Swept swept = Await.value(keys.sweep(after, KEYS, nonce()));
            all += swept.granted().count();
            after = swept.next();
        }
        return all;
    }

    void close() {
        Await.end(Mono.when(promotion.close(), requests.close(), rescue.close(), keys.close()));
    }

    private static void fired(TickOutcome outcome) {
        if (outcome instanceof TickOutcome.Failed failed) {
            throw new IllegalStateException("the schedule " + failed.name() + " cannot fire", failed.error());
        }
    }

    private long nonce() {
        return (long) worker << 32 | counter.incrementAndGet();
    }
}
