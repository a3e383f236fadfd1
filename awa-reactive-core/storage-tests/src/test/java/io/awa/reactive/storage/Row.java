package io.awa.reactive.storage;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A row by its column names. */
record Row(Map<String, @Nullable Object> columns) {

    String text(String name) {
        return Objects.requireNonNull(columns.get(name), name).toString();
    }

    long number(String name) {
        return ((Number) Objects.requireNonNull(columns.get(name), name)).longValue();
    }

    boolean flag(String name) {
        return (Boolean) Objects.requireNonNull(columns.get(name), name);
    }

    boolean isNull(String name) {
        return columns.get(name) == null;
    }

    List<Long> longs(String name) {
        Object value = columns.get(name);
        return value == null
                ? List.of()
                : Arrays.stream((Object[]) value)
                        .map(x -> ((Number) x).longValue())
                        .toList();
    }

    @Nullable
    Object first() {
        return columns.values().iterator().next();
    }
}
