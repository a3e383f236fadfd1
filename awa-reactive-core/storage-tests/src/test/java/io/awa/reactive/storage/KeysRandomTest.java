package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.testkit.SeededTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * Concurrency keys under everything at once: claimers of two queues, ends of every kind, releases, holds, grants, promotion,
 * operators, segments and stores that come and go, on connections of their own. Meanwhile one connection counts, in one
 * snapshot each time, how many attempts of each key are open, from claims, closures and entries alone. In the end every job
 * is done.
 */
class KeysRandomTest extends StorageTest {

    private static final Map<String, Integer> LIMITS = new TreeMap<>(Map.of("a", 1, "b", 1, "c", 1));
    private static final long NANOS = 6_000_000_000L;

    private static final long PATIENCE_NANOS = 60_000_000_000L;
    private static final int LOOKS = 5;
    private static final int OPENED = 20;
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicLong looks = new AtomicLong();
    private final AtomicLong opened = new AtomicLong();

    @SeededTest(1)
    void neverMoreThanTheLimit(long seed) throws Exception {
        run(seed, 1);
    }

    @SeededTest(1)
    void norThan3(long seed) throws Exception {
        run(seed, 3);
    }

    private void run(long seed, int limit) throws Exception {
        lane("other", 1);
        a.run("update queues set key_limit = " + limit + ", backoff_ms = 1, backoff_max_ms = 20");
        ExecutorService threads = Executors.newCachedThreadPool();
        List<Future<?>> parties = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Random random = new Random(seed + i);
            Session session = session();
            parties.add(threads.submit(until(() -> work(session, random))));
        }
        Random producing = new Random(seed - 1);
        Session producer = session();
        parties.add(threads.submit(until(() -> {
            // Nobody could work off more than this by the end.
            if (count(producer, "gated") < 40) {
                new Keyed(producer).put(1 + producing.nextInt(2), key(producing), key(producing), key(producing));
            }
            producer.run("select pg_sleep(0.004)");
        })));
        Random upkeep = new Random(seed - 2);
        Session maintenance = session();
        parties.add(threads.submit(until(() -> maintain(maintenance, upkeep))));
        Session checker = session();
        List.of(checker, a).forEach(one -> one.run("set enable_seqscan = off; set enable_hashjoin = off"));
        parties.add(threads.submit(until(() -> check(checker, limit))));
        a.run("select pg_sleep(" + NANOS / 1e9 + ")");
        // A crowded machine gets there later.
        long patience = System.nanoTime() + PATIENCE_NANOS;
        while ((looks.get() <= LOOKS || opened.get() <= OPENED) && !over.get() && System.nanoTime() < patience) {
            a.run("select pg_sleep(0.1)");
        }
        over.set(true);
        for (Future<?> party : parties) {
            party.get();
        }
        threads.shutdown();
        assertThat(looks.get()).as("snapshots").isGreaterThan(LOOKS);
        assertThat(opened.get()).as("attempts that were opened").isGreaterThan(OPENED);
        drain(limit);
    }

    private Callable<Void> until(Runnable step) {
        return () -> {
            try {
                while (!over.get()) {
                    step.run();
                }
            } finally {
                over.set(true);
            }
            return null;
        };
    }

    private static String key(Random random) {
        return random.nextInt(6) == 0 ? "" : List.copyOf(LIMITS.keySet()).get(random.nextInt(LIMITS.size()));
    }

    private void work(Session session, Random random) {
        Taken claim = session.claim(1 + random.nextInt(2), 1 + random.nextInt(4), Session.nonce());
        if (!claim.status().equals("ok")) {
            grant(session, random);
            return;
        }
        opened.addAndGet(claim.size());
        if (random.nextInt(3) == 0) {
            session.run("select pg_sleep(0.003)");
        }
        if (claim.size() > 1 || random.nextInt(3) > 0) {
            if (random.nextInt(8) == 0) {
                session.release(claim);
            } else {
                session.complete(claim);
            }
        } else {
            char outcome = "ttzfxh".charAt(random.nextInt(6));
            long lease = (1L << 52) + Session.nonce();
            Lives.end(session, claim, outcome, 0, lease);
            if (outcome == 'h') {
                String next = List.of("c", "w", "z", "t").get(random.nextInt(4));
                new Keyed(session).settle(lease, next);
            }
        }
        // Whoever has ended something calls; now and then nobody does.
        if (random.nextInt(10) > 0) {
            grant(session, random);
        }
    }

    private static void grant(Session session, Random random) {
        session.run(
                random.nextInt(4) == 0
                        ? "select * from sweep_keys('', 100, " + Session.nonce() + ")"
                        : Keyed.grantCall("a", "b", "c"));
    }

    private static void maintain(Session session, Random random) {
        switch (random.nextInt(6)) {
            case 0 -> {
                session.rotate();
                for (Row row : session.rows("select segment from segments() where state in ('closing', 'sealed')")) {
                    session.reclaim(row.number("segment"));
                    session.exhaust(2);
                    session.reclaim(row.number("segment"));
                }
            }
            case 1 -> {
                Entered.rotate(session);
                for (Row row : session.rows("select store from stores where reclaimed_at is null and store"
                        + " < (select last_value >> 8 from current_store) order by store")) {
                    long store = row.number("store");
                    Entered.seal(session, store);
                    Entered.carry(session, store);
                    session.row(
                            "select * from carry_keys(" + store + ", '00000000-0000-0000-0000-000000000000', 1000)");
                    Entered.finish(session, store);
                    Entered.prune(session, store);
                }
            }
            case 2 -> {
                List<Row> some = session.rows(
                        "select id from jobs('{\"states\":[\"gated\"]}', null, 5, 50) where id is not null");
                if (!some.isEmpty()) {
                    long id = some.get(random.nextInt(some.size())).number("id");
                    String op = List.of("cancel", "delete", "move").get(random.nextInt(3));
                    session.run(Life.call(op, op.equals("move") ? "{\"queue\":\"other\"}" : "{}", id));
                }
            }
            default -> session.run("select * from promote_round('{}', '{}', '{}', 100, " + Session.nonce() + ")");
        }
        session.run("select pg_sleep(0.02)");
    }

    private void check(Session session, int limit) {
        for (String key : LIMITS.keySet()) {
            assertThat(session.number(Keyed.openCall(key, children())))
                    .as("attempts of %s", key)
                    .isLessThanOrEqualTo(limit);
            looks.incrementAndGet();
        }
    }

    private static long count(Session session, String state) {
        return session.number(
                "select count(*) from jobs('{\"states\":[\"" + state + "\"]}', null, 100, 1000) where id is not null");
    }

    /** What waits for its time is promoted, what waits for its key granted, until nothing is left. */
    private void drain(int limit) {
        StringBuilder told = new StringBuilder();
        for (int idle = 0, round = 0; idle < 3; round++) {
            assertThat(round).as("rounds to the end: %s", told).isLessThan(300);
            told.setLength(0);
            a.run("select * from promote_round('{}', '{}', '{}', 1000, " + Session.nonce() + ")");
            long granted = a.row("select * from sweep_keys('', 100, " + Session.nonce() + ")")
                    .number("granted");
            boolean any = granted > 0;
            for (int queue = 1; queue <= 2; queue++) {
                Taken claim = a.claim(queue, 50, Session.nonce());
                any = any || !claim.status().equals("empty");
                told.append(claim).append(' ');
                if (round % 10 == 0) {
                    check(a, limit);
                }
                if (claim.size() > 0) {
                    a.complete(claim);
                }
            }
            told.append(granted).append(" granted, ").append(a.rows("select * from counts(null, 1000)"));
            if (!any) {
                a.run("select pg_sleep(0.03)"); // the longest backoff
            }
            idle = any ? 0 : idle + 1;
        }
        assertThat(count(a, "gated")).as("still waiting").isZero();
    }

    /** The server dies with claims and grants that nobody waited for; what it takes back, it takes back whole. */
    @Test
    void aCrashThatTakesClaimsAndGrantsBack() {
        try (AwaPostgres server = AwaPostgres.start(
                AwaPostgres.Options.defaults().setting("shared_buffers", "64MB").setting("wal_writer_delay", "10s"))) {
            String schema = Servers.schema(server);
            Session session = Session.open(server, schema);
            Keyed keyed = new Keyed(session);
            List<Long> ids = keyed.put(1, "x", "x", "x", "x");
            session.complete(keyed.take(5));
            session.run("set synchronous_commit = off");
            assertThat(keyed.grant("x")).isEqualTo(1);
            assertThat(keyed.take(5).size()).isEqualTo(1);
            keyed.put(1, "x");
            keyed.take(5);
            server.kill9();
            server.restart();

            session = Session.open(server, schema);
            keyed = new Keyed(session);
            assertThat(keyed.open("x")).as("lost, or not").isLessThanOrEqualTo(1);
            List<Long> done = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                Taken next = keyed.take(5);
                assertThat(keyed.open("x")).isLessThanOrEqualTo(1);
                if (next.size() > 0) {
                    done.addAll(keyed.ids(next));
                    session.complete(next);
                }
                keyed.grant("x");
            }
            assertThat(ids.subList(2, 4)).isSubsetOf(done);
            assertThat(done).doesNotHaveDuplicates();
            assertThat(session.number("select count(*) from jobs('{}', '2:', 100, 1000) where id is not null"))
                    .isZero();
            session.close();
        }
    }
}
