package io.awa.reactive.internal.pg;

import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A row, read by names and by what may be null in it. */
public final class Fields {

    private final Readable row;

    Fields(Readable row) {
        this.row = row;
    }

    /** A {@code bigint}. */
    public long number(String name) {
        return get(name, Long.class);
    }

    /** An {@code int}. */
    public int integer(String name) {
        return get(name, Integer.class);
    }

    /** A {@code boolean}. */
    public boolean flag(String name) {
        return get(name, Boolean.class);
    }

    /** A {@code text}. */
    public String text(String name) {
        return get(name, String.class);
    }

    /** A value of the driver's types that is never null. */
    public <T> T get(String name, Class<T> type) {
        return Objects.requireNonNull(row.get(name, type), name);
    }

    /** A value of the driver's types that may be null. */
    public <T> @Nullable T optional(String name, Class<T> type) {
        return row.get(name, type);
    }

    /** A {@code timestamptz} that may be null. */
    public @Nullable Instant time(String name) {
        return row.get(name, Instant.class);
    }
}
