package io.awa.reactive.quickstart;

import io.awa.reactive.Awa;
import io.awa.reactive.engine.Segment;
import io.awa.reactive.quickstart.Demo.Phase;
import io.awa.reactive.worker.RunningWorker;
import io.awa.reactive.worker.WorkerStats;
import io.r2dbc.spi.Connection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Looks at the queue from outside: what the administration, the worker and the server say. One look after the other. */
final class Probe {

    private static final int FRAMES_A_SEGMENT_LOOK = 2;
    private static final double NANOS = 1e9;

    private final Awa awa;
    private final Connection connection;
    private final Tally tally;
    private final RunningWorker worker;
    private final String version;
    private final String address;
    private final long walBefore;
    private final long start = System.nanoTime();
    private final Pace pace = new Pace();
    private final Latency.Window toClaim;
    private final Latency.Window toEnd;
    private List<Segment> segments = List.of();
    private int frames;

    private Probe(
            Awa awa,
            Connection connection,
            Tally tally,
            RunningWorker worker,
            String version,
            String address,
            long walBefore) {
        this.awa = awa;
        this.connection = connection;
        this.tally = tally;
        this.worker = worker;
        this.version = version;
        this.address = address;
        this.walBefore = walBefore;
        this.toClaim = new Latency.Window(tally.toClaim());
        this.toEnd = new Latency.Window(tally.toEnd());
    }

    static Mono<Probe> open(Awa awa, Connection connection, Tally tally, RunningWorker worker, String address) {
        return value(connection, "select split_part(current_setting('server_version'), ' ', 1)", String.class)
                .flatMap(version -> wal(connection)
                        .map(bytes -> new Probe(awa, connection, tally, worker, version, address, bytes)));
    }

    Mono<Snapshot> look(Phase phase, Settings settings) {
        return Mono.defer(() -> Mono.zip(waiting(), wal(connection), segments())
                .map(all -> snapshot(phase, settings, all.getT1(), all.getT2(), all.getT3())));
    }

    /** After the worker was drained: only what the server says is still queued counts as queued. */
    Mono<Summary> summary(Snapshot last) {
        String durable = "select concat_ws(', ', 'fsync ' || current_setting('fsync'), 'synchronous_commit '"
                + " || current_setting('synchronous_commit'))";
        return value(connection, durable, String.class)
                .map(text -> new Summary(last, left(last), toEnd.total(), toClaim.total(), text));
    }

    // The depth counts the positions of rolled-back orders too, until a claim has passed them.
    private static long left(Snapshot last) {
        return Math.min(last.waiting(), last.counts().enqueued() - last.counts().ended());
    }

    private Snapshot snapshot(Phase phase, Settings settings, Map<String, Long> waiting, long wal, List<Segment> live) {
        Tally.Counts counts = tally.counts();
        WorkerStats stats = worker.stats();
        long now = System.nanoTime();
        pace.next(
                new Pace.Mark(now, counts.enqueued(), counts.ended(), stats.claimed(), stats.claims(), stats.flushes()),
                waiting.values().stream().mapToLong(Long::longValue).sum());
        return new Snapshot(
                phase,
                settings,
                version,
                address,
                (now - start) / NANOS,
                counts,
                pace.enqueuedPerSecond(),
                pace.endedPerSecond(),
                Kinds.ALL.stream()
                        .map(type -> new Snapshot.Lane(
                                type.queue(),
                                type.priority(),
                                type.kind(),
                                waiting.getOrDefault(key(type.queue(), type.priority()), 0L),
                                tally.ended(type.kind())))
                        .toList(),
                stats.running(),
                pace.jobsPerClaim(),
                pace.jobsPerCommit(),
                (double) (wal - walBefore) / Math.max(1, counts.ended()),
                toClaim.next(),
                toEnd.next(),
                pace.throughput(),
                pace.backlog(),
                live,
                live.stream().mapToLong(Segment::number).max().orElse(0),
                tally.lastFailure());
    }

    private Mono<Map<String, Long>> waiting() {
        return Flux.fromIterable(Kinds.ALL)
                .map(type -> type.queue())
                .distinct()
                .concatMap(queue -> awa.admin().depth(queue).map(depth -> Map.entry(queue, depth)))
                .collectMap(
                        entry -> key(entry.getKey(), entry.getValue().priority()),
                        entry -> entry.getValue().depth());
    }

    private Mono<List<Segment>> segments() {
        return frames++ % FRAMES_A_SEGMENT_LOOK == 0
                ? awa.segments().collectList().doOnNext(found -> segments = found)
                : Mono.just(segments);
    }

    private static String key(String queue, int priority) {
        return queue + "/" + priority;
    }

    private static Mono<Long> wal(Connection connection) {
        return value(connection, "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint", Long.class);
    }

    private static <T> Mono<T> value(Connection connection, String sql, Class<T> type) {
        return Flux.from(connection.createStatement(sql).execute())
                .concatMap(result -> result.map((row, metadata) -> present(row.get(0, type))))
                .single();
    }

    private static <T> T present(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("the server answered with null");
        }
        return value;
    }
}
