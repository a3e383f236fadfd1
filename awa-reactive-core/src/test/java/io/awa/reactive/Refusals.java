package io.awa.reactive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What a refusal of bad input must say. */
public final class Refusals {

    private Refusals() {}

    /** It names the field and the limit, in its text and as values. */
    public static void assertRefused(ThrowingCallable call, String field, String limit) {
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
