package io.awa.reactive.internal.pg;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.Statement;
import java.util.List;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** SQL off the hot path, values as text. Nothing is sent before subscription; every result is consumed to its end. */
public final class PlainSql {

    private PlainSql() {}

    /**
     * Sends the text as one message: any number of statements, no parameters, {@code $1} inside of bodies left alone.
     * Outside of a transaction the message is one by itself.
     */
    public static Mono<Void> run(Connection connection, String text) {
        return Flux.defer(() -> connection.createStatement(text).execute())
                .concatMap(Result::getRowsUpdated)
                .then();
    }

    /**
     * Sends one query.
     *
     * @param parameters bound to $1, $2, …
     * @return a list for each row: its columns as text, a null as the empty text
     */
    public static Flux<List<String>> rows(Connection connection, String query, Object... parameters) {
        return Flux.defer(() -> {
                    Statement statement = connection.createStatement(query);
                    for (int i = 0; i < parameters.length; i++) {
                        statement.bind(i, parameters[i]);
                    }
                    return statement.execute();
                })
                .concatMap(result -> result.map(
                        (row, meta) -> texts(row, meta.getColumnMetadatas().size())));
    }

    private static List<String> texts(Row row, int columns) {
        return IntStream.range(0, columns)
                .mapToObj(row::get)
                .map(value -> value == null ? "" : value.toString())
                .toList();
    }
}
