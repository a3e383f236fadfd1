package io.awa.reactive.quickstart;

import io.awa.reactive.quickstart.Kinds.Newsletter;
import io.awa.reactive.quickstart.Kinds.Receipt;
import io.awa.reactive.quickstart.Kinds.Thumbnail;
import io.awa.reactive.worker.ActiveJob;
import io.awa.reactive.worker.Outcome;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import reactor.core.publisher.Mono;

/** Pretends to work: waits a little without holding a thread, and fails now and then on purpose. */
final class Handlers {

    static final int BAD_ADDRESS_EVERY = 211;
    static final int BAD_IMAGE_EVERY = 157;

    private final Tally tally;

    Handlers(Tally tally) {
        this.tally = tally;
    }

    Mono<Outcome> receipt(ActiveJob<Receipt> job) {
        if (Orders.declined(job.args().order())) {
            tally.ghost();
        }
        return after(4, 12).thenReturn(Outcome.done());
    }

    Mono<Outcome> newsletter(ActiveJob<Newsletter> job) {
        return after(4, 24).then(Mono.fromSupplier(() -> {
            if (job.args().number() % BAD_ADDRESS_EVERY != 0) {
                return Outcome.done();
            }
            tally.planted();
            return Outcome.fail("no mailbox " + job.args().to());
        }));
    }

    Mono<Outcome> thumbnail(ActiveJob<Thumbnail> job) {
        return after(20, 90).then(Mono.fromSupplier(() -> {
            if (job.args().number() % BAD_IMAGE_EVERY == 0 && job.attempt() == 1) {
                // An error is tried again after the backoff.
                throw new IllegalStateException(
                        "not yet an image: " + job.args().path());
            }
            return Outcome.done();
        }));
    }

    private static Mono<Void> after(int fewestMillis, int mostMillis) {
        return Mono.delay(Duration.ofMillis(ThreadLocalRandom.current().nextInt(fewestMillis, mostMillis)))
                .then();
    }
}
