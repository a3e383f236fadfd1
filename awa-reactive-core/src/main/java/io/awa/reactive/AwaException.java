package io.awa.reactive;

import org.jspecify.annotations.Nullable;

/**
 * Root of the errors this library raises by itself. Errors of the database driver pass through as they are; a sub-class
 * says which rule was broken and carries the data as accessors.
 */
public class AwaException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param message what went wrong, in words a log reader understands without the source */
    public AwaException(String message) {
        super(message);
    }

    /**
     * @param message what went wrong, in words a log reader understands without the source
     * @param cause   the error below, null when there is none
     */
    public AwaException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
