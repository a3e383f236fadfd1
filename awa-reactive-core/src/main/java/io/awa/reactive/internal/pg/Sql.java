package io.awa.reactive.internal.pg;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Statement;
import java.util.List;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Statements. A Result is always consumed whole: one that is taken and left would cost the connection. */
public final class Sql {

    private Sql() {}

    /** Arguments for {@code $1}, {@code $2} and so on: boxed values, boxed arrays, {@link Null}. */
    public static List<Object> args(Object... values) {
        return List.of(values);
    }

    /** The rows of one statement. {@code map} must not answer null. */
    public static <T> Flux<T> rows(
            Connection connection, String sql, List<Object> args, Function<? super Fields, ? extends T> map) {
        return Flux.defer(() -> {
            Statement statement = connection.createStatement(sql);
            for (int i = 0; i < args.size(); i++) {
                Object value = args.get(i);
                if (value instanceof Null missing) {
                    statement.bindNull(i, missing.type());
                } else {
                    statement.bind(i, value);
                }
            }
            return Flux.from(statement.execute()).concatMap(result -> result.map(row -> map.apply(new Fields(row))));
        });
    }

    /** The first row of one statement; empty where it has none. */
    public static <T> Mono<T> row(
            Connection connection, String sql, List<Object> args, Function<? super Fields, ? extends T> map) {
        return Sql.<T>rows(connection, sql, args, map)
                .collectList()
                .flatMap(all -> Mono.justOrEmpty(all.stream().findFirst()));
    }

    /**
     * A null argument, which the driver wants typed.
     *
     * @param type the Java class of what is missing
     */
    public record Null(Class<?> type) {}
}
