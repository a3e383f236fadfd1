package io.awa.reactive.worker;

import io.awa.reactive.engine.Claims;
import io.awa.reactive.engine.Engine;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Makes the queues of a running worker.
 *
 * @param settings   what it was built with
 * @param engine     storage
 * @param worker     its number
 * @param tools      what its attempts share
 * @param releases   gives back
 * @param claiming   where claims are handed over
 * @param slots      of all queues
 * @param fleet      tokens shared with other processes
 * @param tick       the one pass to be made; null: it works until it is drained
 * @param tooManyHoles asks for a rotation
 */
record QueueMaker(
        AwaWorkerBuilder settings,
        Engine engine,
        int worker,
        Tools tools,
        Releases releases,
        Scheduler claiming,
        QueueSlots slots,
        Fleet fleet,
        @Nullable Tick tick,
        Runnable tooManyHoles) {

    // A tick ends when it has looked at everything: it looks often.
    private static final Duration SOON = Duration.ofMillis(10);

    QueueWork make(String name, int id) {
        QueueOptions options = settings.queues.getOrDefault(name, QueueOptions.defaults());
        Claims claims = engine.claims(name, tools.completions().keys()::offer);
        Slots own = slots.of(name);
        RateGate rate = new RateGate(options.rateLimit(), fleet.join(id), Schedulers.parallel(), System::nanoTime);
        int gather = tick == null ? Math.min(options.claim(), own.limit()) / 8 : 0;
        Duration pollMax = tick == null ? options.pollMax() : SOON;
        ClaimSource source = new ClaimSource(
                new ClaimSource.Settings(
                        name, id, worker, options.claim(), gather, tick == null ? options.pollMin() : SOON, pollMax),
                claims,
                releases,
                tools.live(),
                claiming,
                tools.counters(),
                tooManyHoles,
                own.and(tick == null ? rate : tick.gate(name, rate)));
        JobRunner runner = new JobRunner(
                name, own, settings.completions, options.backoff(), new Bodies(claims, Schedulers.parallel()), tools);
        own.onFree(() -> {
            source.retry();
            runner.drain();
        });
        rate.onFree(source::retry);
        RunningQueue face = new RunningQueue(name, own.limit(), options, own, rate, runner);
        return new QueueWork(face, claims, source, runner, rate, releases);
    }
}
