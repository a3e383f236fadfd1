package io.awa.reactive.storage.random;

import io.awa.reactive.internal.pg.SqlState;
import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.testkit.HistoryChecker;
import io.awa.reactive.testkit.HistoryChecker.End;
import io.awa.reactive.testkit.HistoryVerdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A storage with one lane and hands to move its parties step by step. */
final class Stage implements AutoCloseable {

    static final int CHILDREN = 3;
    static final int ALL = 200;

    final Storage storage;
    final HistoryChecker history = new HistoryChecker();
    final Client client;
    final Entries entries;
    final StoreUpkeep stores;
    final int queue;
    final int lane;
    final Session main;
    final Upkeep upkeep;
    private final List<Session> sessions = new ArrayList<>();
    private final List<Taken> held = new ArrayList<>();
    private long nonces = 1_000;

    Stage(AwaPostgres postgres, UnaryOperator<SqlText> change) {
        storage = Storage.create(postgres, CHILDREN, change);
        lane = storage.lane("q", 2);
        queue = storage.queue("q");
        client = new Client(storage, history);
        entries = new Entries(client);
        stores = StoreUpkeep.of(storage, this::nonce);
        main = session();
        upkeep = new Upkeep(storage, main);
    }

    Session session() {
        Session session = storage.session("party");
        sessions.add(session);
        return session;
    }

    long nonce() {
        return ++nonces;
    }

    Gate gate(String name) {
        return new Gate(storage.control, storage.name + " " + name);
    }

    /** A transaction that has stored jobs and stays open. */
    Open open(int jobs) {
        Session session = session();
        session.run("BEGIN");
        return new Open(session, client.enqueue(session, lanes(jobs)));
    }

    /** Stores one job and commits. */
    long store() {
        return client.store(main, lane)[0];
    }

    Integer[] lanes(int n) {
        Integer[] lanes = new Integer[n];
        Arrays.fill(lanes, lane);
        return lanes;
    }

    @Nullable
    Taken claim(int n) {
        return claim(main, "claim", n);
    }

    @Nullable
    Taken claim(Session session, String function, int n) {
        Taken taken = client.claim(session, function, queue, n, nonce());
        if (taken != null) {
            synchronized (held) {
                held.add(taken);
            }
        }
        return taken;
    }

    /** A claim that must take something. */
    Taken take(int n) {
        Taken taken = claim(n);
        if (taken == null) {
            throw new AssertionError("nothing to claim");
        }
        return taken;
    }

    void complete(Taken taken) {
        client.close(main, "", nonce(), List.of(Item.all(taken, End.COMPLETED)));
    }

    void close(Taken taken, End end) {
        close(taken, nonce(), end);
    }

    void close(Taken taken, long closer, End end) {
        client.close(main, "", closer, List.of(Item.all(taken, end)));
    }

    /** Makes the claim's first member a held attempt; answers its lease. */
    long hold(Taken taken) {
        long closer = nonce();
        client.close(main, "", closer, List.of(Item.of(taken, End.HELD, 0)));
        return Side.lease(closer, 0, 0);
    }

    void settle(Session session, long closer, long lease, String outcome) {
        entries.settle(session, closer, new long[] {lease}, new String[] {outcome});
    }

    /** Schedules one job, due so many milliseconds from now. */
    long schedule(int delay) {
        return entries.scheduled(main, client.kind(), lanes(1), new Integer[] {delay})[0];
    }

    /** A pass of the leader. */
    void promote() {
        stores.promote(100);
    }

    void release(Taken taken, long closer) {
        client.release(main, closer, List.of(Item.all(taken, End.RELEASED)));
    }

    /** Sends work in another thread, and returns when it waits at a gate or for a lock, or has ended. */
    <T> CompletableFuture<T> aside(Session session, Supplier<T> work) {
        CompletableFuture<T> future = Session.async(work);
        Gate.awaitWaiting(storage.control, session, future);
        return future;
    }

    static <T> T join(CompletableFuture<T> future) {
        return future.orTimeout(30, TimeUnit.SECONDS).join();
    }

    /** @param patience how long the drain goes on without progress */
    HistoryVerdict verdict(Duration patience) {
        synchronized (held) {
            upkeep.drain(client, stores, List.of(queue), held, patience);
        }
        storage.tell(history);
        return history.judge();
    }

    @Override
    public void close() {
        stores.close();
        sessions.forEach(Session::close);
        storage.close();
    }

    /** An open transaction with its jobs. */
    final class Open {
        final Session session;
        final long[] ids;

        Open(Session session, long... ids) {
            this.session = session;
            this.ids = ids;
        }

        void commit() {
            client.commit(session, ids);
        }

        /** Commits, unless the statement is refused. */
        void commitAfter(String sql) {
            HistoryChecker.Storing storing = history.commitRequested(ids);
            try {
                session.run(sql);
                session.run("COMMIT");
            } catch (RuntimeException e) {
                if (SqlState.of(e) != SqlState.OTHER) {
                    throw e;
                }
                session.run("ROLLBACK");
                storing.aborted();
                return;
            }
            storing.answered();
        }
    }
}
