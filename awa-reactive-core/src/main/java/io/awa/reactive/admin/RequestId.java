package io.awa.reactive.admin;

import io.awa.reactive.AwaValidationException;

/**
 * Names a request made inside a caller's transaction.
 *
 * @param value positive
 */
public record RequestId(long value) {

    /** @throws AwaValidationException if the value is not positive */
    public RequestId {
        if (value <= 0) {
            throw new AwaValidationException("request", value, "positive");
        }
    }
}
