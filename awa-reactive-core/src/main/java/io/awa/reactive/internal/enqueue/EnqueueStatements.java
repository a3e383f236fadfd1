package io.awa.reactive.internal.enqueue;

import io.awa.reactive.enqueue.OnDuplicate;
import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.json.Terms;
import io.awa.reactive.internal.pg.CopyIn;
import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.internal.pg.Sql;
import io.awa.reactive.job.JobId;
import io.r2dbc.spi.Connection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The ways into the tables, all in whatever transaction the connection is in: arrays, COPY, and for jobs that are scheduled
 * or unique a statement of their own.
 */
final class EnqueueStatements {

    private final SchemaSql schema;
    private final String enqueue;
    private final String reserve;
    private final String reserveUnique;
    private final String submit;
    private volatile int keysAtOnce = Chunks.KEYS;

    EnqueueStatements(SchemaSql schema) {
        this.schema = schema;
        this.enqueue = schema.in("SELECT {awa}.enqueue($1, $2, $3, $4, $5) AS answer");
        this.reserve = schema.in("SELECT cell, positions FROM {awa}.reserve($1, $2)");
        this.reserveUnique = schema.in("SELECT cell, ids, fates, {awa}.keys_at_once() AS most"
                + " FROM {awa}.reserve_unique($1, $2, $3, $4, $5, $6)");
        this.submit = schema.in("SELECT ids, fates FROM {awa}.submit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
    }

    /** How many unique keys a chunk in a transaction of its own may have: {@link Chunks#KEYS} until a server told. */
    int keysAtOnce() {
        return keysAtOnce;
    }

    static boolean allPlain(List<Entry> entries) {
        return entries.stream().allMatch(Entry::plain);
    }

    /**
     * One statement for all.
     *
     * @param keys what to do about unique keys; at most 1,024 of them
     * @return their fates, in order
     */
    Mono<List<Fate>> arrays(Connection connection, List<Entry> entries, Keys keys) {
        boolean plain = allPlain(entries);
        Integer[] lanes = column(entries, Entry::lane);
        Integer[] kinds = column(entries, Entry::kind);
        Integer[] attempts = column(entries, entry -> entry.job().maxAttempts());
        String[] args = entries.stream().map(e -> e.job().argsText()).toArray(String[]::new);
        return plain
                ? Sql.row(
                        connection,
                        enqueue,
                        Sql.args(lanes, kinds, attempts, args, extras(entries)),
                        row -> Arrays.stream(row.get("answer", Long[].class))
                                .map(Fate::stored)
                                .toList())
                : Sql.row(
                        connection,
                        submit,
                        Sql.args(
                                lanes,
                                kinds,
                                attempts,
                                args,
                                extras(entries),
                                terms(entries, Long[]::new, Terms::dueMicros),
                                terms(entries, Long[]::new, Terms::delayMillis),
                                terms(entries, UUID[]::new, Terms::key),
                                terms(entries, Integer[]::new, Terms::keyStates),
                                keys.wait,
                                keys.fail),
                        EnqueueStatements::fates);
    }

    private static List<Fate> fates(Fields row) {
        Long[] ids = row.get("ids", Long[].class);
        Integer[] fates = row.get("fates", Integer[].class);
        return IntStream.range(0, ids.length)
                .mapToObj(i -> new Fate(Fate.What.of(fates[i]), ids[i] == null ? null : new JobId(ids[i])))
                .toList();
    }

    // The array may have null elements, which its type cannot say.
    private static <T> @Nullable T[] terms(
            List<Entry> entries, IntFunction<T[]> array, Function<Terms, @Nullable T> value) {
        T[] column = array.apply(entries.size());
        for (int i = 0; i < column.length; i++) {
            column[i] = value.apply(entries.get(i).job().terms());
        }
        return column;
    }

    /** Reserves positions, then streams the rows into the child they belong to. Needs an open transaction. */
    Mono<Long> copy(Connection connection, List<Entry> entries) {
        return Sql.row(
                        connection,
                        reserve,
                        Sql.args(column(entries, Entry::lane), entries.size()),
                        row -> new Reserved(row.number("cell"), row.get("positions", Long[].class)))
                .flatMap(reserved ->
                        copy(connection, reserved.cell(), CopyRows.PLAIN, entries, List.of(reserved.positions())));
    }

    /**
     * The same for jobs of which none is scheduled and some are unique: keys and positions by one statement, then the bodies
     * of those that got both. Where the second never comes and the transaction is committed all the same, the keys are
     * free.
     *
     * @return their fates, in order
     */
    Mono<List<Fate>> copyUnique(Connection connection, List<Entry> entries, Keys keys) {
        return Sql.row(
                        connection,
                        reserveUnique,
                        Sql.args(
                                column(entries, Entry::lane),
                                entries.size(),
                                terms(entries, UUID[]::new, Terms::key),
                                terms(entries, Integer[]::new, Terms::keyStates),
                                keys.wait,
                                keys.fail),
                        row -> new Taken(row.optional("cell", Long.class), fates(row), row.integer("most")))
                .flatMap(taken -> {
                    keysAtOnce = taken.most();
                    List<Entry> stored = new ArrayList<>(entries.size());
                    List<Long> positions = new ArrayList<>(entries.size());
                    for (int i = 0; i < entries.size(); i++) {
                        Fate fate = taken.fates().get(i);
                        if (fate.is(Fate.What.STORED)) {
                            stored.add(entries.get(i));
                            positions.add(Objects.requireNonNull(fate.job()).value());
                        }
                    }
                    Long cell = taken.cell();
                    return cell == null
                            ? Mono.just(taken.fates())
                            : copy(connection, cell, CopyRows.UNIQUE, stored, positions)
                                    .thenReturn(taken.fates());
                });
    }

    private Mono<Long> copy(
            Connection connection, long cell, String columns, List<Entry> entries, List<Long> positions) {
        String sql =
                schema.in("COPY {awa}.jobs_" + (cell & 0xff) + " (" + columns + ") FROM STDIN WITH (FORMAT binary)");
        return CopyIn.copy(
                connection, sql, Flux.defer(() -> Flux.fromIterable(CopyRows.of(entries, positions, columns))));
    }

    private static Object extras(List<Entry> entries) {
        return entries.stream().allMatch(e -> e.job().extras() == null)
                ? new Sql.Null(String[].class)
                : entries.stream().map(e -> e.job().extrasText()).toArray(String[]::new);
    }

    private static Integer[] column(List<Entry> entries, ToIntFunction<Entry> value) {
        int first = value.applyAsInt(entries.get(0));
        if (entries.stream().allMatch(e -> value.applyAsInt(e) == first)) {
            return new Integer[] {first};
        }
        return entries.stream().map(value::applyAsInt).toArray(Integer[]::new);
    }

    /** What a statement does about the unique keys of its jobs. */
    enum Keys {
        /** Leaves a job alone where another transaction may be about to take its key. */
        TRY(false, false),
        /** Waits for that transaction. */
        WAIT(true, false),
        /** Waits, and stores nothing at all where one is a duplicate. */
        ALL_OR_NONE(true, true);

        private final boolean wait;
        private final boolean fail;

        Keys(boolean wait, boolean fail) {
            this.wait = wait;
            this.fail = fail;
        }

        static Keys of(OnDuplicate policy) {
            return policy == OnDuplicate.SKIP ? WAIT : ALL_OR_NONE;
        }
    }

    private record Reserved(long cell, Long[] positions) {}

    /**
     * @param cell null where none is stored
     * @param most how many keys may be taken at once
     */
    private record Taken(@Nullable Long cell, List<Fate> fates, int most) {}
}
