package io.awa.reactive.fanout;

import io.awa.reactive.job.JobType;

/**
 * A call to be made.
 *
 * @param path of the server
 */
record SlowCall(String path) {

    static final JobType<SlowCall> TYPE =
            JobType.of("slow-call", SlowCall.class).queue("calls");
}
