package io.awa.reactive.callback;

import io.awa.reactive.AwaException;

/** A callback did not come in time. The attempt is over by then: whatever its handler answers has no effect. */
public final class CallbackTimeoutException extends AwaException {

    private static final long serialVersionUID = 1L;

    /** @param token the callback that was waited for */
    public CallbackTimeoutException(CallbackToken token) {
        super("the callback " + token + " did not come in time");
    }
}
