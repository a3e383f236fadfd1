package io.awa.reactive.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.fasterxml.jackson.annotation.JsonRawValue;
import io.awa.reactive.AwaValidationException;
import io.awa.reactive.job.JobType;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Jobs for the tests of encoding, and what a refusal must say. */
final class Payloads {

    record Mail(String to, int copies) {}

    record Any(Object value) {}

    record Raw(@JsonRawValue String value) {}

    static final JobType<Mail> MAIL = JobType.of("mail", Mail.class);
    static final JobType<Any> ANY = JobType.of("any", Any.class);
    static final JobType<Raw> RAW = JobType.of("raw", Raw.class);

    private Payloads() {}

    static void assertRefused(ThrowingCallable call, String field, String limit) {
        assertThatThrownBy(call)
                .hasMessageContaining(field)
                .hasMessageContaining(limit)
                .asInstanceOf(type(AwaValidationException.class))
                .satisfies(e -> {
                    assertThat(e.field()).isEqualTo(field);
                    assertThat(e.limit()).contains(limit);
                });
    }
}
