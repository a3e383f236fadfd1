package io.awa.reactive.worker;

import io.awa.reactive.AwaException;
import org.jspecify.annotations.Nullable;

/** An error that trying again would not mend: a handler that ends with it fails its job for good. */
public class TerminalJobException extends AwaException {

    private static final long serialVersionUID = 1L;

    /** @param message why */
    public TerminalJobException(String message) {
        super(message);
    }

    /**
     * @param message why
     * @param cause   the error below, null when there is none
     */
    public TerminalJobException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
