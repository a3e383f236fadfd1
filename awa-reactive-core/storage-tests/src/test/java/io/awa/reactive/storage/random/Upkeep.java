package io.awa.reactive.storage.random;

import io.awa.reactive.testkit.HistoryChecker.End;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Maintenance by the SQL functions, step by step, and the drain at the end of a schedule. */
final class Upkeep {

    /** As long may somebody be in the way who stands still. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final AtomicLong NONCES = new AtomicLong(-1);

    private final Storage storage;
    final Session session;

    Upkeep(Storage storage, Session session) {
        this.storage = storage;
        this.session = session;
    }

    String rotate() {
        String registered = session.text(storage.in("SELECT {awa}.register() AS answer"));
        return registered.equals("Registered") ? session.text(storage.in("SELECT {awa}.move() AS answer")) : registered;
    }

    String seal(long segment) {
        return session.text(storage.in("SELECT outcome AS answer FROM {awa}.seal($1)"), segment);
    }

    void exhaust(long segment) {
        for (Integer lane : session.row(
                storage.in("SELECT {awa}.unexhausted($1) AS answer"),
                row -> row.get("answer", Integer[].class),
                segment)) {
            session.text(
                    storage.in("SELECT coalesce({awa}.exhaust($1, $2), '') AS answer"), lane, NONCES.decrementAndGet());
        }
    }

    String finish(long segment) {
        return session.text(
                storage.in("SELECT outcome || coalesce(' ' || reason, '') AS answer FROM {awa}.finish($1, '{}', '{}')"),
                segment);
    }

    String prune(long segment) {
        return session.text(storage.in("SELECT outcome AS answer FROM {awa}.prune($1, interval '0')"), segment);
    }

    List<Live> segments() {
        return session.rows(
                storage.in("SELECT segment, state FROM {awa}.segments() ORDER BY segment"),
                row -> new Live(row.number("segment"), row.text("state")));
    }

    /** All steps once for every segment. Answers whether one was reclaimed. */
    boolean pass() {
        boolean pruned = false;
        for (Live live : segments()) {
            switch (live.state()) {
                case "closing" -> seal(live.segment());
                case "sealed" -> {
                    exhaust(live.segment());
                    if (finish(live.segment()).equals("Finished")) {
                        pruned |= prune(live.segment()).equals("Pruned");
                    }
                }
                case "finished" -> pruned |= prune(live.segment()).equals("Pruned");
                default -> {
                    // Takes new jobs, or will.
                }
            }
        }
        return pruned;
    }

    /** Claims and ends all there is, and reclaims every segment, unless that makes no progress for a while. */
    void drain(Client client, StoreUpkeep stores, List<Integer> queues, List<Taken> held, Duration patience) {
        List<Taken> open = new ArrayList<>(held);
        Entries entries = new Entries(client);
        int idle = 0;
        long end = System.nanoTime() + patience.toNanos();
        for (int pass = 0;
                pass < 1_000 && (idle < 6 || System.nanoTime() < end || idle < 40 && entries.waiting(session) > 0);
                pass++) {
            boolean progress = store(entries, stores);
            for (int queue : queues) {
                for (int turn = 0; turn < 100_000; turn++) {
                    Taken taken = client.claim(session, queue, 200, NONCES.decrementAndGet());
                    if (taken == null && turn > 2) {
                        break;
                    }
                    if (taken != null) {
                        open.add(taken);
                        progress = true;
                    }
                }
            }
            for (Taken taken : open) {
                if (taken.isOpen()) {
                    client.close(
                            session,
                            "",
                            NONCES.decrementAndGet(),
                            List.of(Item.of(taken, End.COMPLETED, taken.open())));
                }
            }
            progress |= !open.isEmpty();
            open.clear();
            progress |= rotate().equals("Rotated");
            progress |= pass();
            // Not before: a carry would find what promotion has lost.
            if (entries.goingOn(session) == 0) {
                stores.rotate();
            }
            progress |= stores.pass(1_000) > 0;
            List<Live> left = segments();
            if (!progress
                    && left.size() == 1
                    && entries.waiting(session) == 0
                    && stores.list().size() == 1) {
                return;
            }
            idle = progress ? 0 : idle + 1;
            end = progress ? System.nanoTime() + patience.toNanos() : end;
            Run.pause(progress ? 0 : 60);
        }
    }

    /** Promotes what is due, lets parked attempts go on, and completes held ones. */
    private boolean store(Entries entries, StoreUpkeep stores) {
        boolean progress = stores.promote(1_000) > 0;
        for (long lease : entries.held(session, "w")) {
            progress |= entries.resume(session, NONCES.decrementAndGet(), lease);
        }
        long[] held =
                entries.held(session, "h").stream().mapToLong(Long::longValue).toArray();
        if (held.length > 0) {
            String[] outcomes = new String[held.length];
            Arrays.fill(outcomes, "c");
            entries.settle(session, NONCES.decrementAndGet(), held, outcomes);
            progress = true;
        }
        return progress;
    }

    record Live(long segment, String state) {}
}
