package io.awa.reactive.internal.json;

import com.fasterxml.jackson.annotation.JsonRawValue;
import io.awa.reactive.job.JobType;

/** Jobs for the tests of encoding. */
final class Payloads {

    record Mail(String to, int copies) {}

    record Any(Object value) {}

    record Raw(@JsonRawValue String value) {}

    static final JobType<Mail> MAIL = JobType.of("mail", Mail.class);
    static final JobType<Any> ANY = JobType.of("any", Any.class);
    static final JobType<Raw> RAW = JobType.of("raw", Raw.class);

    private Payloads() {}
}
