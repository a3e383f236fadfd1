package io.awa.reactive.internal.callback;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.callback.CallbackOutcome;
import io.awa.reactive.callback.CallbackToken;
import io.awa.reactive.callback.Callbacks;
import io.awa.reactive.engine.Detail;
import io.awa.reactive.engine.Engine;
import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.json.StoredJson;
import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import io.r2dbc.spi.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Callbacks as one statement each, on a lane or on a caller's connection. */
public final class CallbackDesk implements Callbacks {

    // A process that has not said for so long that it lives has nobody waiting: workers beat every 10 s.
    private static final Duration STALE = Duration.ofSeconds(30);
    private static final Duration LONGEST = Duration.ofDays(365);
    private static final Retry UNTIL_DECIDED = Retry.backoff(20, Duration.ofMillis(20))
            .maxBackoff(Duration.ofSeconds(2))
            .jitter(0.5)
            .filter(Engine::isTransient);

    private final Runs runs;
    private final JsonMapper mapper;
    private final String sql;

    /** @param lane with durable commits */
    public CallbackDesk(Lane lane, SchemaSql schema, JsonMapper mapper) {
        this(
                work -> lane.call(work).retryWhen(UNTIL_DECIDED),
                mapper,
                schema.in("SELECT status, state::text AS state FROM {awa}.answer_callback($1, $2, $3, $4, $5, $6)"));
    }

    private CallbackDesk(Runs runs, JsonMapper mapper, String sql) {
        this.runs = runs;
        this.mapper = mapper;
        this.sql = sql;
    }

    @Override
    public Mono<CallbackOutcome> complete(CallbackToken token) {
        return answer(token, "complete", null, null);
    }

    @Override
    public Mono<CallbackOutcome> fail(CallbackToken token, String error) {
        return answer(token, "fail", null, Detail.error(null, error).reason("terminal_error"));
    }

    @Override
    public Mono<CallbackOutcome> retry(CallbackToken token, String error) {
        return answer(token, "retry", null, Detail.error(null, error));
    }

    @Override
    public Mono<CallbackOutcome> retry(CallbackToken token, String error, Duration delay) {
        return Mono.defer(
                () -> answer(token, "retry", checked("delay", delay, Duration.ZERO), Detail.error(null, error)));
    }

    @Override
    public Mono<CallbackOutcome> resume(CallbackToken token, @Nullable Object payload) {
        return Mono.defer(() -> answer(token, "resume", null, written(payload)));
    }

    @Override
    public Mono<CallbackOutcome> heartbeat(CallbackToken token, Duration timeout) {
        return Mono.defer(() -> answer(token, "extend", checked("timeout", timeout, Duration.ofMillis(1)), null));
    }

    @Override
    public Callbacks on(Connection connection) {
        return new CallbackDesk(work -> work.apply(connection), mapper, sql);
    }

    private static Duration checked(String field, Duration value, Duration least) {
        if (value.compareTo(least) < 0 || value.compareTo(LONGEST) > 0) {
            throw new AwaValidationException(field, value, least + " to " + LONGEST);
        }
        return value;
    }

    private ObjectNode written(@Nullable Object payload) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        try {
            json.putObject("callback").set("payload", mapper.valueToTree(payload));
        } catch (RuntimeException e) {
            throw new AwaValidationException(
                    "payload", Objects.requireNonNull(payload).getClass().getName(), "serialisable as JSON", e);
        }
        int bytes = StoredJson.bytes("payload", json.path("callback").path("payload"));
        if (bytes > PAYLOAD_BYTES) {
            throw new AwaValidationException(
                    "payload", bytes + " bytes", "at most " + PAYLOAD_BYTES + " bytes of JSON");
        }
        return json;
    }

    private Mono<CallbackOutcome> answer(
            CallbackToken token, String action, @Nullable Duration delay, @Nullable Object detail) {
        Objects.requireNonNull(token, "token");
        return Mono.defer(() -> {
            // Below zero no worker's nonces are, and of this token's answers it needs to be the only one.
            long closer = ThreadLocalRandom.current().nextLong() | Long.MIN_VALUE;
            List<Object> args = Sql.args(
                    token.value(),
                    action,
                    delay == null ? new Sql.Null(Long.class) : delay.toMillis(),
                    detail == null ? new Sql.Null(String.class) : detail.toString(),
                    closer,
                    STALE.toMillis());
            return runs.run(connection -> Sql.row(connection, sql, args, row -> outcome(action, row)));
        });
    }

    private static CallbackOutcome outcome(String action, Fields row) {
        String status = row.text("status");
        return switch (status) {
            case "done" -> done(action, row.text("state"));
            case "ended" -> new CallbackOutcome.AlreadyEnded(state(row.text("state")));
            case "late" -> new CallbackOutcome.TimedOut();
            case "running" -> new CallbackOutcome.NotParked();
            case "unknown" -> new CallbackOutcome.Unknown();
            default -> throw new IllegalStateException("answer_callback answered the status " + status);
        };
    }

    private static CallbackOutcome done(String action, String state) {
        return switch (state) {
            case "c" -> new CallbackOutcome.Completed();
            case "t" -> new CallbackOutcome.Retried();
            case "w" -> new CallbackOutcome.Extended();
            case "h" -> new CallbackOutcome.Resumed(true);
            case "z" -> new CallbackOutcome.Resumed(false);
            case "f" -> new CallbackOutcome.Failed();
            default -> throw new IllegalStateException(action + " ended an entry as " + state);
        };
    }

    private static JobState state(String code) {
        return switch (code) {
            case "c" -> JobState.COMPLETED;
            case "f" -> JobState.FAILED;
            case "d" -> JobState.DEAD;
            case "x" -> JobState.CANCELLED;
            case "t" -> JobState.RETRYING;
            case "z" -> JobState.SNOOZED;
            case "p" -> JobState.AVAILABLE;
            default -> JobState.RUNNING;
        };
    }

    private interface Runs {
        Mono<CallbackOutcome> run(Function<Connection, Mono<CallbackOutcome>> work);
    }
}
