package io.awa.reactive.engine;

import io.awa.reactive.internal.json.EncodedJob;
import io.awa.reactive.internal.pg.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Jobs that are stored with an outcome: checked, and ready to be sent. Made by {@link Engine#followUps}. */
public final class FollowUps {

    private final List<Ready> jobs;

    FollowUps(List<Ready> jobs) {
        this.jobs = List.copyOf(jobs);
    }

    /** The queues they go to. */
    public Set<String> queues() {
        return jobs.stream().map(ready -> ready.job().queue()).collect(Collectors.toSet());
    }

    /**
     * A job with the numbers the statement takes.
     *
     * @param job  the job
     * @param lane its lane
     * @param kind its kind
     */
    record Ready(EncodedJob job, int lane, int kind) {}

    /** The follow-ups of one statement as parallel arrays. */
    static final class Rows {

        private final List<Integer> items = new ArrayList<>();
        private final List<Integer> ordinals = new ArrayList<>();
        private final List<Ready> rows = new ArrayList<>();

        /** @param item from 1; @param ordinal the member of a claim, unused for held attempts */
        void add(int item, int ordinal, @Nullable FollowUps all) {
            if (all != null) {
                for (Ready ready : all.jobs) {
                    items.add(item);
                    ordinals.add(ordinal);
                    rows.add(ready);
                }
            }
        }

        boolean isEmpty() {
            return rows.isEmpty();
        }

        void addTo(List<Object> args, boolean withOrdinals) {
            args.add(items.toArray(Integer[]::new));
            if (withOrdinals) {
                args.add(ordinals.toArray(Integer[]::new));
            }
            args.add(column(Integer[]::new, Ready::lane));
            args.add(column(Integer[]::new, Ready::kind));
            args.add(column(Integer[]::new, ready -> ready.job().maxAttempts()));
            args.add(column(String[]::new, ready -> ready.job().argsText()));
            args.add(
                    rows.stream().allMatch(ready -> ready.job().extras() == null)
                            ? new Sql.Null(String[].class)
                            : column(String[]::new, ready -> ready.job().extrasText()));
            boolean plain = rows.stream().allMatch(ready -> ready.job().terms().none());
            args.add(
                    plain
                            ? new Sql.Null(Long[].class)
                            : column(Long[]::new, ready -> ready.job().terms().dueMicros()));
            args.add(
                    plain
                            ? new Sql.Null(Long[].class)
                            : column(Long[]::new, ready -> ready.job().terms().delayMillis()));
            args.add(
                    plain
                            ? new Sql.Null(UUID[].class)
                            : column(UUID[]::new, ready -> ready.job().terms().key()));
            args.add(
                    plain
                            ? new Sql.Null(Integer[].class)
                            : column(
                                    Integer[]::new, ready -> ready.job().terms().keyStates()));
        }

        private <T> T[] column(IntFunction<T[]> array, Function<Ready, ? extends @Nullable T> value) {
            return rows.stream().map(value).toArray(array);
        }
    }

    @Override
    public String toString() {
        return "FollowUps" + Objects.toString(jobs.stream().map(Ready::job).toList());
    }
}
