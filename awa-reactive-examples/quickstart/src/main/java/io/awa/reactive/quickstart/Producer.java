package io.awa.reactive.quickstart;

import io.awa.reactive.Awa;
import io.awa.reactive.job.Job;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Enqueues in all three ways: one by one at a rate that comes and goes, in bulk now and then, and with orders. */
final class Producer {

    private static final Duration TICK = Duration.ofMillis(10);
    private static final Duration FIRST_MAILING = Duration.ofSeconds(4);
    private static final Duration MAILINGS = Duration.ofSeconds(6);
    private static final int IN_FLIGHT = 1_024;
    private static final int MOST_ORDERS = 50;
    private static final double SWING = 0.5;
    private static final double PERIOD_SECONDS = 7;
    private static final double NANOS = 1e9;

    private final Awa awa;
    private final Orders orders;
    private final Tally tally;
    private final int rate;
    private final long start = System.nanoTime();
    private long produced;
    private int issue;

    Producer(Awa awa, Orders orders, Tally tally, int rate) {
        this.awa = awa;
        this.orders = orders;
        this.tally = tally;
        this.rate = rate;
    }

    /** Produces until told to stop; completes when all that was begun is stored. */
    Mono<Void> run(Publisher<Void> until) {
        return Mono.when(steady(until), mailings(until), orders(until));
    }

    // Whoever enqueues one by one shares commits with whoever does so at the same time.
    private Mono<Void> steady(Publisher<Void> until) {
        return Flux.interval(TICK)
                .onBackpressureDrop()
                .takeUntilOther(until)
                .concatMapIterable(tick -> due(), 1)
                .flatMap(job -> awa.enqueue(job).doOnNext(stored -> tally.enqueued(1)), IN_FLIGHT, 1)
                .then();
    }

    private Mono<Void> mailings(Publisher<Void> until) {
        return Flux.interval(FIRST_MAILING, MAILINGS)
                .onBackpressureDrop()
                .takeUntilOther(until)
                .concatMap(tick -> mailing(), 1)
                .then();
    }

    private Mono<Long> mailing() {
        issue++;
        Flux<Kinds.Newsletter> letters = Flux.range(0, 2 * rate).map(i -> letter(tally.nextNumber()));
        return awa.enqueueAll(Kinds.NEWSLETTER, letters).doOnNext(tally::enqueued);
    }

    private Mono<Void> orders(Publisher<Void> until) {
        int perSecond = Math.max(1, Math.min(MOST_ORDERS, rate / 20));
        return Flux.interval(Duration.ofSeconds(1).dividedBy(perSecond))
                .onBackpressureDrop()
                .takeUntilOther(until)
                .concatMap(tick -> orders.place(), 1)
                .then();
    }

    // The rate swings like a cosine that begins at its lowest.
    /** What the rate asks for since the last tick; what could not be stored in time is not made up for. */
    private List<Job<?>> due() {
        double seconds = (System.nanoTime() - start) / NANOS;
        double turn = 2 * Math.PI / PERIOD_SECONDS;
        long wanted = (long) (rate * (seconds - SWING / turn * Math.sin(turn * seconds)));
        long most = Math.max(1, rate / 5);
        produced = Math.max(produced, wanted - most);
        List<Job<?>> jobs = new ArrayList<>();
        for (; produced < wanted; produced++) {
            long number = tally.nextNumber();
            jobs.add(
                    number % 3 == 0
                            ? Kinds.THUMBNAIL.with(new Kinds.Thumbnail(number, "/pictures/" + number + ".jpg", 256))
                            : Kinds.NEWSLETTER.with(letter(number)));
        }
        return jobs;
    }

    private Kinds.Newsletter letter(long number) {
        return new Kinds.Newsletter(number, "reader" + number + "@example.org", issue);
    }
}
