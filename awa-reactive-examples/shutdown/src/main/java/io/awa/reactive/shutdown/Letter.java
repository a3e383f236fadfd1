package io.awa.reactive.shutdown;

import io.awa.reactive.job.JobType;

/**
 * What is to be delivered.
 *
 * @param number in the order of their coming
 * @param millis how long the way is
 */
record Letter(int number, long millis) {

    static final JobType<Letter> TYPE = JobType.of("letter", Letter.class).queue("letters");
}
