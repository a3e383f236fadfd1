package io.awa.reactive.internal.admin;

import io.awa.reactive.admin.AdminRequests;
import io.awa.reactive.admin.Destination;
import io.awa.reactive.admin.JobFilter;
import io.awa.reactive.admin.KeyedRequests;
import io.awa.reactive.admin.RequestId;
import io.awa.reactive.admin.RetryOptions;
import io.awa.reactive.internal.Checks;
import io.awa.reactive.internal.json.JobEncoder;
import io.awa.reactive.internal.pg.Sql;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobId;
import io.r2dbc.spi.Connection;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/** Requests on the caller's connection. */
final class BorrowedRequests implements AdminRequests {

    private final Connection connection;
    private final String request;
    private final JobEncoder encoder;

    BorrowedRequests(Connection connection, String request, JobEncoder encoder) {
        this.encoder = encoder;
        this.connection = connection;
        this.request = request;
    }

    @Override
    public Mono<RequestId> cancel(JobId id, @Nullable String reason) {
        return send("cancel", of(id), Words.reason(reason));
    }

    @Override
    public KeyedRequests keyed(UUID key) {
        return new Keyed(Checks.notNull("key", key));
    }

    @Override
    public KeyedRequests keyed(Job<?> job) {
        return keyed(encoder.key(Checks.notNull("job", job)));
    }

    @Override
    public Mono<RequestId> cancelAll(JobFilter filter, @Nullable String reason) {
        return send("cancel", of(Words.or(filter, Words.CANCELLED)), Words.reason(reason));
    }

    @Override
    public Mono<RequestId> retry(JobId id, RetryOptions options) {
        return send("retry", of(id), Words.retry(options));
    }

    @Override
    public Mono<RequestId> retryAll(JobFilter filter, RetryOptions options) {
        return send("retry", of(Words.or(filter, Words.RETRIED)), Words.retry(options));
    }

    @Override
    public Mono<RequestId> delete(JobId id) {
        return send("delete", of(id), Words.none());
    }

    @Override
    public Mono<RequestId> deleteAll(JobFilter filter) {
        return send("delete", of(Words.or(filter, Words.DELETED)), Words.none());
    }

    @Override
    public Mono<RequestId> move(JobId id, Destination destination) {
        return send("move", of(id), Words.move(destination));
    }

    @Override
    public Mono<RequestId> moveAll(JobFilter filter, Destination destination) {
        return send("move", of(Words.or(filter, Words.MOVED)), Words.move(destination));
    }

    private Mono<RequestId> send(String op, ObjectNode body, ObjectNode options) {
        String json = body.put("op", op).set("options", options).toString();
        return Sql.row(connection, request, Sql.args(json), row -> new RequestId(row.number("answer")));
    }

    private static ObjectNode of(JobId id) {
        ObjectNode body = Words.none();
        body.putArray("ids").add(id.toString());
        return body;
    }

    private static ObjectNode of(JobFilter filter) {
        ObjectNode body = Words.none();
        body.set("filter", Words.filter(filter));
        return body;
    }

    private final class Keyed implements KeyedRequests {

        private final UUID key;

        private Keyed(UUID key) {
            this.key = key;
        }

        @Override
        public Mono<RequestId> cancel(@Nullable String reason) {
            return send("cancel", body(), Words.reason(reason));
        }

        @Override
        public Mono<RequestId> retry(RetryOptions options) {
            return send("retry", body(), Words.retry(options));
        }

        @Override
        public Mono<RequestId> delete() {
            return send("delete", body(), Words.none());
        }

        @Override
        public Mono<RequestId> move(Destination destination) {
            return send("move", body(), Words.move(destination));
        }

        private ObjectNode body() {
            return Words.none().put("key", key.toString());
        }
    }
}
