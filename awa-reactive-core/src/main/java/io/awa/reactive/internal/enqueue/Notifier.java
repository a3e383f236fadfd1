package io.awa.reactive.internal.enqueue;

import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Scheduler;

/**
 * Tells other processes which queues got jobs. NOTIFY in a producer's transaction would put its commit behind a lock of
 * the whole database; so it is sent here, after the commit, on a connection whose commits wait for nothing, at most one
 * in flight and one each few milliseconds. What comes meanwhile is one more name in a set. Losing one costs a poll.
 */
public final class Notifier {

    private static final Logger LOG = LoggerFactory.getLogger(Notifier.class);
    private static final Duration GAP = Duration.ofMillis(2);

    private final Lane lane;
    private final Scheduler timer;
    private final String sql;
    private final Set<String> queues = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean busy = new AtomicBoolean();

    /** @param lane with asynchronous commits */
    public Notifier(Lane lane, SchemaSql schema, Scheduler timer) {
        this.lane = lane;
        this.timer = timer;
        this.sql = schema.in("SELECT count(pg_notify({awa}.channel(), q)) AS sent FROM unnest($1::text[]) q");
    }

    /** A queue got jobs; their transaction is committed. From any thread. */
    public void wake(String queue) {
        queues.add(queue);
        send();
    }

    private void send() {
        if (queues.isEmpty() || !busy.compareAndSet(false, true)) {
            return;
        }
        String[] names = queues.toArray(String[]::new);
        for (String name : names) {
            queues.remove(name);
        }
        if (names.length == 0) {
            busy.set(false);
            return;
        }
        var unused = lane.call(connection -> Sql.row(connection, sql, Sql.args((Object) names), row -> true))
                .onErrorComplete(error -> {
                    LOG.debug("A notification was lost; polling finds the jobs", error);
                    return true;
                })
                .doFinally(end -> timer.schedule(this::again, GAP.toMillis(), TimeUnit.MILLISECONDS))
                .toFuture();
    }

    private void again() {
        busy.set(false);
        send();
    }
}
