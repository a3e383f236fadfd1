package io.awa.reactive.admin;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** One queue's settings and figures. */
public interface QueueAdmin {

    /**
     * Stops claims of the queue; what is claimed goes on. Effective with the next claim.
     *
     * @param by who, for those who wonder later
     * @return false where it was paused already, or is unknown
     */
    Mono<Boolean> pause(String by);

    /** Lets claims go on, at once; false where it was not paused, or is unknown. */
    Mono<Boolean> resume();

    /** Its settings; empty where it is unknown. */
    Mono<QueueSettings> settings();

    /** Sets all of them; the queue is made where it is missing. Jobs that ended before keep the retention they have. */
    Mono<Void> settings(QueueSettings settings);

    /** How much waits, for each priority the queue has ever had. */
    Flux<QueueDepth> depth();

    /** How much waits, for how long, and how fast it goes. */
    Mono<QueueOverview> overview();
}
