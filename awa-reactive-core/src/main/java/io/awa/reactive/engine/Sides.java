package io.awa.reactive.engine;

import io.awa.reactive.internal.pg.Sql;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** What {@code close} is told of members that end otherwise than completed: parallel arrays, null where there are none. */
final class Sides {

    private final List<Integer> items = new ArrayList<>();
    private final List<Settlement> members = new ArrayList<>();

    /** @param item the group, from 1 */
    void add(int item, Settlement member) {
        items.add(item);
        members.add(member);
    }

    void addTo(List<Object> args) {
        boolean none = members.isEmpty();
        args.add(none ? new Sql.Null(Integer[].class) : items.toArray(Integer[]::new));
        args.add(column(Integer[].class, Integer[]::new, Settlement::ordinal));
        args.add(column(
                String[].class, String[]::new, m -> String.valueOf(m.ending().code())));
        args.add(column(Long[].class, Long[]::new, m -> millis(m.delay())));
        args.add(column(Long[].class, Long[]::new, Settlement::lease));
        args.add(column(
                String[].class,
                String[]::new,
                m -> m.detail() == null ? null : m.detail().json()));
    }

    static @Nullable Long millis(@Nullable Duration duration) {
        return duration == null ? null : duration.toMillis();
    }

    private <T> Object column(
            Class<T[]> type, IntFunction<T[]> array, Function<Settlement, ? extends @Nullable T> value) {
        boolean none = members.stream().allMatch(m -> value.apply(m) == null);
        return none ? new Sql.Null(type) : members.stream().map(value).toArray(array);
    }
}
