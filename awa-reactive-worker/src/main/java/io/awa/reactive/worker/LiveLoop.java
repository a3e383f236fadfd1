package io.awa.reactive.worker;

import io.awa.reactive.engine.Control;
import io.awa.reactive.engine.LiveQueues;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Follows what the database says of the queues of this process: when a change is announced, and each second, which is the
 * truth. Where it cannot be read, what was read last stays.
 */
final class LiveLoop {

    private static final Logger LOG = LoggerFactory.getLogger(LiveLoop.class);
    private static final Duration EVERY = Duration.ofSeconds(1);

    private LiveLoop() {}

    /** Runs until disposed. */
    static Disposable start(
            LiveQueues live, Map<Integer, RunningQueue> queues, Fleet fleet, Flux<Control> controls, Scheduler timer) {
        return Flux.merge(
                        Flux.interval(EVERY, timer).onBackpressureLatest(),
                        controls.filter(Control.Settings.class::isInstance).onBackpressureLatest())
                .onBackpressureLatest()
                .concatMap(
                        wake -> live.settings(queues.keySet())
                                .doOnNext(settings -> apply(settings, queues))
                                .onErrorResume(error -> {
                                    LOG.debug("Settings of queues could not be read; the last ones stay", error);
                                    return Mono.empty();
                                }),
                        0)
                .subscribe(read -> fleet.look());
    }

    static void apply(List<LiveQueues.Setting> settings, Map<Integer, RunningQueue> queues) {
        settings.forEach(setting -> {
            RunningQueue queue = queues.get(setting.queue());
            if (queue != null) {
                queue.follow(setting);
            }
        });
    }
}
