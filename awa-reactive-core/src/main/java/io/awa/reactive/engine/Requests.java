package io.awa.reactive.engine;

import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import io.awa.reactive.internal.pg.SqlState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Applies what callers asked for inside their transactions. Any number of processes may: the request's ending decides, in
 * the transaction of its action. For one subscriber at a time. Results arrive on the driver's event loop.
 */
public final class Requests {

    private static final Logger LOG = LoggerFactory.getLogger(Requests.class);
    private static final int LIMIT = 100;
    private static final int TRIES = 5;
    private static final int PASSES = 20;
    private static final int REMEMBERED = 1_000;

    private final Lane lane;
    private final RequestLows lows = new RequestLows();
    private final String stores;
    private final String mark;
    private final String requested;
    private final String apply;
    private final String refuse;
    // By number; those that somebody else has done meanwhile stay until there are too many.
    private final Map<Long, Integer> failures = new ConcurrentHashMap<>();

    Requests(Lane lane, SchemaSql schema) {
        this.lane = lane;
        this.stores = schema.in("SELECT store, child FROM {awa}.open_stores()");
        this.mark = schema.in("SELECT to_timestamp(at_us / 1e6) AS at, xid FROM {awa}.promotion_mark()");
        this.requested = schema.in("SELECT entries, xmin, at FROM {awa}.requested($1, $2, $3)");
        this.refuse = schema.in("SELECT {awa}.refuse_request($1, $2, $3, $4) AS answer");
        this.apply = schema.in("SELECT status, acted, problem FROM {awa}.apply_request($1, $2, $3)");
    }

    /**
     * Applies what waits, up to 100 requests a store; answers how many are out of the way. A request that fails for a reason
     * that may pass is tried again in the next pass; one that failed in 20 passes of this process is put aside.
     */
    public Mono<Integer> pass() {
        return Mono.defer(() -> {
            lows.generation(lane.generation());
            return lows.markDue()
                    ? lane.call(c -> Sql.row(c, mark, Sql.args(), row -> {
                                lows.mark(row.get("at", Instant.class), row.number("xid"));
                                return true;
                            }))
                            .then(stores())
                    : stores();
        });
    }

    /** Closes the connection. */
    public Mono<Void> close() {
        return lane.close();
    }

    private Mono<Integer> stores() {
        return lane.call(c -> Sql.rows(
                                c, stores, Sql.args(), row -> new Store(row.number("store"), row.integer("child")))
                        .collectList())
                .doOnNext(live -> lows.keep(live.stream().map(Store::number).toList()))
                .flatMapIterable(live -> live)
                .concatMap(this::store)
                .reduce(0, Integer::sum);
    }

    private Mono<Integer> store(Store store) {
        Instant from = lows.from(store.number());
        return lane.call(c -> Sql.row(
                        c,
                        requested,
                        Sql.args(store.child(), from == null ? new Sql.Null(Instant.class) : from, LIMIT),
                        row -> new Waiting(
                                List.of(row.get("entries", Long[].class)),
                                row.number("xmin"),
                                row.get("at", Instant.class))))
                .flatMap(waiting -> Flux.fromIterable(waiting.entries())
                        .concatMap(entry -> apply(store.child(), entry, 1))
                        .collectList()
                        .map(applied -> {
                            boolean nothingLeft = waiting.entries().size() < LIMIT && !applied.contains(false);
                            lows.passed(store.number(), waiting.at(), waiting.xmin(), nothingLeft);
                            return (int) applied.stream().filter(done -> done).count();
                        }));
    }

    // Whether it is out of the way. What fails for want of a lock, or goes on losing races, waits for the next pass.
    private Mono<Boolean> apply(int child, long entry, int number) {
        long closer = ThreadLocalRandom.current().nextLong() | Long.MIN_VALUE;
        return lane.call(c -> Sql.rows(c, apply, Sql.args(child, entry, closer), row -> {
                            String problem = row.optional("problem", String.class);
                            if (problem != null) {
                                LOG.warn("Request {} can never be applied and is put aside: {}", entry, problem);
                            }
                            return row.text("status");
                        })
                        .next())
                .flatMap(status -> {
                    if (status.equals("again")) {
                        return number < TRIES ? apply(child, entry, number + 1) : Mono.just(false);
                    }
                    failures.remove(entry);
                    return Mono.just(true);
                })
                .onErrorResume(error -> !Lane.isLost(error), error -> failed(child, entry, closer, error));
    }

    // What is wrong with one request must not keep the others waiting; a lost connection ends the pass.
    private Mono<Boolean> failed(int child, long entry, long closer, Throwable error) {
        switch (SqlState.of(error)) {
            case LOCK_REFUSED, SERIALIZATION, TIMEOUT -> {
                LOG.debug("Request {} waits for the next pass", entry, error);
                return Mono.just(false);
            }
            default -> {
                if (failures.size() > REMEMBERED) {
                    failures.clear();
                }
                int times = failures.merge(entry, 1, Integer::sum);
                if (times == 1) {
                    LOG.warn("Request {} met trouble and is tried again in up to {} passes", entry, PASSES, error);
                }
                return times < PASSES ? Mono.just(false) : putAside(child, entry, closer, error);
            }
        }
    }

    private Mono<Boolean> putAside(int child, long entry, long closer, Throwable error) {
        String problem = error.getMessage() == null ? error.toString() : error.getMessage();
        return lane.call(c -> Sql.row(c, refuse, Sql.args(child, entry, closer, problem), row -> row.flag("answer")))
                .doOnNext(mine -> {
                    failures.remove(entry);
                    if (mine) {
                        LOG.warn("Request {} failed in {} passes and is put aside", entry, PASSES, error);
                    }
                })
                .thenReturn(true)
                .onErrorResume(again -> !Lane.isLost(again), again -> {
                    LOG.debug("Request {} could not be put aside", entry, again);
                    return Mono.just(false);
                });
    }

    private record Store(long number, int child) {}

    private record Waiting(List<Long> entries, long xmin, Instant at) {}
}
