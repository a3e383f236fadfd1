package io.awa.reactive.observation;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.worker.Outcome;
import io.awa.reactive.worker.RunningWorker;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** What others do with observations goes wrong. */
@Timeout(120)
class ThrowingObservationTest {

    private final Site site = new Site();
    private final ObservationRegistry registry = ObservationRegistry.create();
    private final AwaObservation observation = AwaObservation.on(registry);
    private final Awa awa = site.instance(a -> a.decorate(observation::enqueuer));

    @AfterEach
    void close() {
        site.close();
    }

    @Test
    void aHandlerOfObservationsThatThrowsHarmsNoJob() {
        for (String when : List.of("start", "scope", "stop", "error", "close")) {
            registry.observationConfig().observationHandler(new Throwing(when));
        }
        RunningWorker worker = site.worker(
                awa,
                w -> w.interceptor(observation)
                        .handle(
                                Site.SAY,
                                job -> job.attempt() == 1
                                        ? Mono.error(new IllegalStateException("again"))
                                        : Mono.just(Outcome.done())));
        for (String when : List.of("start", "scope", "stop", "error", "close", "none")) {
            Throwing.when = when;
            long goal = worker.stats().completed() + 1;
            awa.enqueue(Site.SAY.with(when)).block(Site.LONG);
            Site.until(() -> when + ": " + worker.stats(), () -> worker.stats().completed() >= goal);
        }
        Site.until(() -> worker.stats().toString(), () -> worker.stats().retried() == 6);
        assertThat(worker.stats().completed()).isEqualTo(6);
    }

    /** Throws at one moment. */
    private static final class Throwing implements ObservationHandler<Observation.Context> {

        private static volatile String when = "none";
        private final String mine;

        Throwing(String mine) {
            this.mine = mine;
        }

        private void at(String moment) {
            if (moment.equals(mine) && moment.equals(when)) {
                throw new IllegalStateException("a handler of observations, at " + moment);
            }
        }

        @Override
        public void onStart(Observation.Context context) {
            at("start");
        }

        @Override
        public void onScopeOpened(Observation.Context context) {
            at("scope");
        }

        @Override
        public void onScopeClosed(Observation.Context context) {
            at("close");
        }

        @Override
        public void onError(Observation.Context context) {
            at("error");
        }

        @Override
        public void onStop(Observation.Context context) {
            at("stop");
        }

        @Override
        public boolean supportsContext(Observation.Context context) {
            return true;
        }
    }
}
