package io.awa.reactive.internal.enqueue;

import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The numbers of queues, lanes and kinds. What is missing is made on a connection of its own and committed before anyone
 * uses it, so that no producer ever waits for another one's open transaction. Numbers never change, so they are kept.
 */
public final class Directory {

    private final Lane lane;
    private final String ensureLane;
    private final String ensureQueue;
    private final String ensureKind;
    private final ConcurrentMap<LaneKey, Integer> lanes = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, Integer> queues = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, Integer> kinds = new ConcurrentHashMap<>();
    private final ConcurrentMap<Asked, Mono<Integer>> asked = new ConcurrentHashMap<>();

    /** @param lane used for nothing that takes long */
    public Directory(Lane lane, SchemaSql schema) {
        this.lane = lane;
        this.ensureLane = schema.in("SELECT lane AS answer FROM {awa}.ensure_lane($1, $2)");
        this.ensureQueue = schema.in("SELECT {awa}.ensure_queue($1) AS answer");
        this.ensureKind = schema.in("SELECT {awa}.ensure_kind($1) AS answer");
    }

    /** The lane's number if it was asked for before, else null. */
    public @Nullable Integer knownLane(String queue, int priority) {
        return lanes.get(new LaneKey(queue, priority));
    }

    /** The kind's number if it was asked for before, else null. */
    public @Nullable Integer knownKind(String kind) {
        return kinds.get(kind);
    }

    /** The lane's number; makes the lane and its queue where they are missing. */
    public Mono<Integer> lane(String queue, int priority) {
        return found(lanes, new LaneKey(queue, priority), ensureLane, Sql.args(queue, priority));
    }

    /** The queue's number; makes the queue where it is missing. */
    public Mono<Integer> queue(String name) {
        return found(queues, name, ensureQueue, Sql.args(name));
    }

    /** The kind's number; makes the kind where it is missing. */
    public Mono<Integer> kind(String name) {
        return found(kinds, name, ensureKind, Sql.args(name));
    }

    // Those who ask for the same while it is on its way share the answer; an error is not kept.
    private <K> Mono<Integer> found(ConcurrentMap<K, Integer> known, K key, String sql, List<Object> args) {
        return Mono.defer(() -> {
            Integer id = known.get(key);
            Asked asking = new Asked(sql, key);
            return id != null
                    ? Mono.just(id)
                    : asked.computeIfAbsent(
                            asking,
                            absent -> lane.call(
                                            connection -> Sql.row(connection, sql, args, row -> row.integer("answer")))
                                    .doOnNext(answer -> known.put(key, answer))
                                    .doFinally(end -> asked.remove(asking))
                                    .cache());
        });
    }

    private record Asked(String sql, Object key) {}

    private record LaneKey(String queue, int priority) {}
}
