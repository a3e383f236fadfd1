package io.awa.reactive.internal.pg;

import io.r2dbc.spi.R2dbcException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What an error of the database means for the caller. Only the SQLSTATE decides: the driver files a refused lock under
 * its non-transient classes, so exception classes say nothing. This is the only class that reads a SQLSTATE.
 */
public enum SqlState {
    /** 55P03: {@code NOWAIT} or {@code lock_timeout} refused a lock. Trying later is right. */
    LOCK_REFUSED,
    /** 40001, 40P01: a serialization failure or a deadlock. Repeating the whole transaction is right. */
    SERIALIZATION,
    /**
     * Class 08, 57P01 to 57P05, 25P03, 53300, or an {@link IOException}: the session is gone, or none was granted.
     * Whether the last statement was committed is not known.
     */
    CONNECTION,
    /** 57014: the statement was cancelled, by {@code statement_timeout} or by request. */
    TIMEOUT,
    /** Class 23: a constraint was broken. */
    CONSTRAINT,
    /** Classes 42 and 3F: a missing or different object, no right to it, or wrong SQL. */
    SCHEMA,
    /** Anything else, errors that never came near a database included. */
    OTHER;

    // Longer chains are cycles.
    private static final int MAX_CAUSES = 32;

    /**
     * Classifies an error by the first SQLSTATE on its chain of causes; where none is found, a lost socket counts as
     * {@link #CONNECTION}.
     */
    public static SqlState of(@Nullable Throwable error) {
        Throwable at = error;
        boolean io = false;
        for (int i = 0; at != null && i < MAX_CAUSES; i++, at = at.getCause()) {
            if (at instanceof R2dbcException r2dbc && r2dbc.getSqlState() != null) {
                return ofCode(r2dbc.getSqlState());
            }
            io |= at instanceof IOException;
        }
        return io ? CONNECTION : OTHER;
    }

    /** Whether the error is a refused lock (55P03) and nothing else. */
    public static boolean isLockRefused(@Nullable Throwable error) {
        return of(error) == LOCK_REFUSED;
    }

    private static SqlState ofCode(String code) {
        return switch (code) {
            case "55P03" -> LOCK_REFUSED;
            case "40001", "40P01" -> SERIALIZATION;
            case "57014" -> TIMEOUT;
            // the server ended an idle transaction's session, or has no slot left for a new one
            case "25P03", "53300" -> CONNECTION;
            default -> ofClass(code);
        };
    }

    private static SqlState ofClass(String code) {
        if (code.startsWith("08") || code.startsWith("57P0")) {
            return CONNECTION;
        }
        if (code.startsWith("23")) {
            return CONSTRAINT;
        }
        return code.startsWith("42") || code.startsWith("3F") ? SCHEMA : OTHER;
    }
}
