package io.awa.reactive.internal.pg;

import io.netty.buffer.ByteBuf;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Wrapped;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/** COPY FROM STDIN, which only the driver's own connection offers. */
public final class CopyIn {

    private CopyIn() {}

    /** Whether the connection is the driver's, or wraps it. */
    public static boolean supports(Connection connection) {
        return driver(connection) != null;
    }

    /**
     * Sends the buffers, which the driver releases; answers the number of rows. To be subscribed where an answer of this
     * connection arrives: where the server refuses the COPY while another thread still writes the rows, the driver (1.1.3)
     * releases a buffer that is being written, and the connection is lost.
     */
    public static Mono<Long> copy(Connection connection, String sql, Publisher<ByteBuf> buffers) {
        PostgresqlConnection driver = driver(connection);
        return driver == null
                ? Mono.error(new IllegalArgumentException("not a connection of the PostgreSQL driver: " + connection))
                : driver.copyIn(sql).from(buffers).build();
    }

    static @Nullable PostgresqlConnection driver(Object connection) {
        Object at = connection;
        while (at != null && !(at instanceof PostgresqlConnection)) {
            at = at instanceof Wrapped<?> wrapped ? wrapped.unwrap() : null;
        }
        return (PostgresqlConnection) at;
    }
}
