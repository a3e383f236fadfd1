package io.awa.reactive;

import org.jspecify.annotations.Nullable;

/**
 * The library's schema and the library do not fit together: an edited migration, a database newer than the library, a
 * migration that failed, a migration lock that stayed held, or SQL files that cannot be read; or the schema would lose jobs,
 * as {@link Awa#check()} found.
 */
public final class AwaSchemaException extends AwaException {

    private static final long serialVersionUID = 1L;

    /** @param message which schema or file, and what is wrong with it */
    public AwaSchemaException(String message) {
        super(message);
    }

    /**
     * @param message which schema or file, and what is wrong with it
     * @param cause   the error below, null when there is none
     */
    public AwaSchemaException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
