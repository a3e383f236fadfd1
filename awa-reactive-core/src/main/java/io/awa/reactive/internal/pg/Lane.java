package io.awa.reactive.internal.pg;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.R2dbcTransientResourceException;
import io.r2dbc.spi.ValidationDepth;
import io.r2dbc.spi.Wrapped;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * One connection with its settings: opened by the first call, opened anew by the first call after it broke. The driver
 * sends bound statements one at a time, so a lane serialises its calls; parallelism is the number of lanes.
 *
 * <p>A cancelled statement would run on and commit all the same, with nobody to hear of it. So nothing is cancelled: a
 * subscriber that leaves is not told the answer, and the call ends on its own, bounded by the server's timeout and, for
 * a socket that died silently, by the client's.
 */
public final class Lane {

    /** How long a connect may take, by the client's clock: a server that says nothing ends none. */
    static final Duration CONNECT = Duration.ofSeconds(30);

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

    private final ConnectionFactory factory;
    private final LaneSettings settings;
    private final AtomicReference<@Nullable Mono<Connection>> current = new AtomicReference<>();
    private final Turnstile turnstile = new Turnstile();
    private final AtomicLong opened = new AtomicLong();
    private volatile boolean closed;
    private volatile @Nullable Session last;

    /** @param factory a pool is looked through: a lane keeps its connection, which a pool would evict or hand on */
    public Lane(ConnectionFactory factory, LaneSettings settings) {
        this.factory = unpooled(factory);
        this.settings = settings;
    }

    /** The factory below any pool. */
    public static ConnectionFactory unpooled(ConnectionFactory factory) {
        return factory instanceof Wrapped<?> wrapped && wrapped.unwrap() instanceof ConnectionFactory inner
                ? unpooled(inner)
                : factory;
    }

    /**
     * Runs work on the lane's connection. The result is delivered on the driver's event loop. An error that cost the
     * connection, or a silence past the client's timeout, drops it; whether the work was committed is then not known.
     */
    public <T> Mono<T> call(Function<? super Connection, ? extends Mono<T>> work) {
        return Mono.defer(() -> {
            if (closed) {
                return Mono.error(refused());
            }
            Mono<T> answer = usable().flatMap(opened -> work.apply(opened.connection())
                    .timeout(settings.clientTimeout())
                    .onErrorMap(e -> isLost(e) ? dropped(opened.source(), e) : e));
            return detached(turnstile.pass(answer).toFuture());
        });
    }

    // Who has left is not told, and an error that comes then is nobody's: it is not worth a line in the log.
    private static <T> Mono<T> detached(CompletableFuture<T> answer) {
        return Mono.create(sink -> {
            AtomicBoolean left = new AtomicBoolean();
            sink.onCancel(() -> left.set(true));
            answer.whenComplete((value, error) -> {
                if (left.get()) {
                    return;
                }
                if (error != null) {
                    sink.error(error);
                } else {
                    sink.success(value);
                }
            });
        });
    }

    /** The server's process of its connection, or of the last one it had; 0 before the first. */
    public int session() {
        Session known = last;
        return known == null ? 0 : known.pid();
    }

    /** Changes with every connection opened or lost: what an earlier one held in its session is gone. */
    public long generation() {
        return opened.get();
    }

    /**
     * Closes the connection once the calls in flight have their answers, or after two seconds; later calls, and those that
     * wait their turn, are refused. A statement that is queued behind another when its connection is closed is a broken
     * connection to the driver, and a warning in the log.
     */
    public Mono<Void> close() {
        return Mono.defer(() -> {
            closed = true;
            Mono<Connection> last = current.getAndSet(null);
            // A connection that is still being made is closed when it is there, whoever waits for that.
            return last == null
                    ? Mono.empty()
                    : Mono.fromFuture(
                                    turnstile
                                            .emptied()
                                            .timeout(CLOSE_TIMEOUT)
                                            .onErrorComplete()
                                            .then(last)
                                            .flatMap(Lane::shut)
                                            .onErrorComplete()
                                            .toFuture(),
                                    true)
                            .timeout(CLOSE_TIMEOUT.multipliedBy(3))
                            .onErrorComplete();
        });
    }

    /** Whether an error means that the connection, and with it the answer, is gone. */
    public static boolean isLost(Throwable error) {
        return error instanceof TimeoutException || SqlState.of(error) == SqlState.CONNECTION;
    }

    // A connection that is known to be closed is replaced before anything is sent on it: its loss decides nothing.
    private Mono<Opened> usable() {
        return Mono.defer(this::open)
                .flatMap(known -> Mono.from(known.connection().validate(ValidationDepth.LOCAL))
                        .flatMap(open -> {
                            if (open) {
                                return Mono.just(known);
                            }
                            dropped(known.source(), new IllegalStateException("closed"));
                            return open();
                        }));
    }

    private Mono<Opened> open() {
        Mono<Connection> source = connection();
        return source.onErrorMap(e -> dropped(source, e)).map(connection -> new Opened(source, connection));
    }

    private Mono<Connection> connection() {
        Mono<Connection> known = current.get();
        if (known != null) {
            return known;
        }
        Mono<Connection> fresh = Mono.defer(() -> Mono.from(factory.create()))
                .flatMap(this::prepared)
                .timeout(CONNECT)
                .doOnNext(c -> opened.incrementAndGet())
                .cache();
        if (!current.compareAndSet(null, fresh)) {
            return connection();
        }
        // close() has either seen the connection or is seen here: none is opened that nobody would close.
        return closed && current.compareAndSet(fresh, null) ? Mono.error(refused()) : fresh;
    }

    private R2dbcNonTransientResourceException refused() {
        return new R2dbcNonTransientResourceException("the lane " + settings.name() + " is closed", "55000");
    }

    // A process that stands still answers keepalives and takes no answer: its statement would stay in the middle of
    // sending
    // one, which no statement_timeout ends, and keep its locks, a claim's lane and keys among them.
    private Mono<Connection> prepared(Connection connection) {
        return Sql.row(
                        connection,
                        """
                        SELECT set_config('application_name', $1, false), set_config('statement_timeout', $2, false),
                               set_config('lock_timeout', $3, false), set_config('synchronous_commit', $4, false),
                               set_config('default_transaction_isolation', $5, false),
                               set_config('tcp_keepalives_idle', '15', false),
                               set_config('tcp_keepalives_interval', '5', false),
                               set_config('tcp_keepalives_count', '3', false), set_config('tcp_user_timeout', '30000', false),
                               pid, (date_part('epoch', backend_start) * 1e6)::bigint AS started
                          FROM pg_stat_activity WHERE pid = pg_backend_pid()""",
                        Sql.args(
                                settings.name(),
                                settings.statementTimeout().toMillis() + "ms",
                                settings.lockTimeout().toMillis() + "ms",
                                settings.synchronous() ? "on" : "off",
                                settings.snapshots() ? "repeatable read" : "read committed"),
                        row -> new Session(row.integer("pid"), row.number("started")))
                .flatMap(session -> fence(connection).doOnSuccess(done -> last = session))
                .thenReturn(connection)
                .onErrorResume(e -> shut(connection).then(Mono.error(e)));
    }

    // The session that was lost may still run its last statement, and commit it after the next one here has looked for
    // what it did. So it is ended first, and waited for: then what it did is decided.
    private Mono<Void> fence(Connection connection) {
        Session lost = last;
        return lost == null
                ? Mono.empty()
                : Sql.row(
                                connection,
                                """
                                SELECT coalesce(bool_and(pg_terminate_backend(pid, $3)), true) AS gone FROM pg_stat_activity
                                 WHERE pid = $1 AND (date_part('epoch', backend_start) * 1e6)::bigint = $2
                                   AND application_name = current_setting('application_name')""",
                                Sql.args(
                                        lost.pid(),
                                        lost.started(),
                                        settings.statementTimeout().toMillis() / 2),
                                row -> row.flag("gone"))
                        .flatMap(gone -> gone
                                ? Mono.empty()
                                : Mono.error(new R2dbcTransientResourceException(
                                        "the lost session " + lost.pid() + " of lane " + settings.name()
                                                + " still runs",
                                        "08006")));
    }

    private Throwable dropped(Mono<Connection> connection, Throwable error) {
        if (current.compareAndSet(connection, null)) {
            opened.incrementAndGet();
            var unused = connection.flatMap(Lane::shut).onErrorComplete().toFuture();
        }
        return error;
    }

    private static Mono<Void> shut(Connection connection) {
        return Mono.from(connection.close()).timeout(CLOSE_TIMEOUT).onErrorComplete();
    }

    /**
     * A connection and what it is known by here.
     *
     * @param source     the lane's current one, as long as it is not dropped
     * @param connection the connection
     */
    private record Opened(Mono<Connection> source, Connection connection) {}

    /**
     * The server's side of a connection.
     *
     * @param pid     its process, which another session may get later
     * @param started when it began, in microseconds, which tells the two apart
     */
    private record Session(int pid, long started) {}
}
