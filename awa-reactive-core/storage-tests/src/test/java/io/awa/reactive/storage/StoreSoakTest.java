package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.testkit.SeededTest;
import io.awa.reactive.testkit.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Entries of all states over several turns of the ring, with rivals that are rolled back in between and a snapshot that
 * stays: each is found again where the model says, and no row is ever updated or deleted.
 */
class StoreSoakTest extends StorageTest {

    private static final String[] STATES = {"s", "t", "z", "h", "w", "f", "d", "x", "i"};
    private static final int STEPS = 250;

    private final Map<Long, String> model = new TreeMap<>();
    private int promoted;

    @SeededTest(3)
    void everyEntryIsFoundAgain(long seed) {
        SplittableRandom random = Seeds.random(seed);
        c.begin("repeatable read");
        Session watcher = session();
        for (int step = 0; step < STEPS; step++) {
            step(random, random.nextInt(12));
            if (step % 25 == 0) {
                check(watcher);
            }
        }
        for (int turn = 0; turn < 8; turn++) {
            Entered.rotate(b);
            for (Row store : b.rows("select store, state from store_states()")) {
                turn(store.number("store"), store.text("state"), 1_000);
            }
        }
        check(watcher);
        assertThat(watcher.number("select count(*) from stores where reclaimed_at is not null"))
                .as("turns")
                .isGreaterThan(4);
        watcher.run("select pg_stat_force_next_flush()");
        a.run("select pg_stat_force_next_flush()");
        b.run("select pg_stat_force_next_flush()");
        watcher.run("select pg_stat_clear_snapshot()");
        assertThat(watcher.rows("select relname from pg_stat_user_tables where schemaname = '" + schema()
                        + "' and relname ~ '^(entries|endings|progress|keys|jobs)_'"
                        + " and n_tup_upd + n_tup_del > 0"))
                .isEmpty();
        c.commit();
    }

    private void step(SplittableRandom random, int what) {
        switch (what) {
            case 0, 1, 2 -> add(random);
            case 3, 4 -> end(random);
            case 5 -> promote();
            case 6 -> rolledBack(random);
            case 7 -> report(random);
            case 8 -> settle(random);
            case 9 -> Entered.rotate(b);
            default -> {
                List<Row> stores = b.rows("select store, state from store_states()");
                Row store = stores.get(random.nextInt(stores.size()));
                turn(store.number("store"), store.text("state"), 1 + random.nextInt(20));
            }
        }
    }

    private void turn(long store, String state, int limit) {
        switch (state) {
            case "closing" -> Entered.seal(b, store);
            case "sealed" -> {
                b.run(Entered.carryCall(store, limit));
                Entered.finish(b, store);
            }
            case "finished" -> Entered.prune(b, store);
            default -> {}
        }
    }

    private void add(SplittableRandom random) {
        String state = STATES[random.nextInt(STATES.length)];
        boolean due = "stz".contains(state) && random.nextBoolean();
        Entered.add(a, state, due ? -1 : 3_600_000, 1 + random.nextInt(20)).forEach(entry -> model.put(entry, state));
    }

    private void promote() {
        for (Row row : a.rows(Entered.round(7))) {
            promoted += (int) row.number("promoted");
        }
        a.rows("select origin from jobs_0").forEach(row -> model.remove(row.number("origin")));
        assertThat(a.number("select count(*) from jobs_0")).isEqualTo(promoted);
        assertThat(a.number("select count(distinct origin) from jobs_0")).isEqualTo(promoted);
    }

    private void end(SplittableRandom random) {
        for (Row row : some(random, "true", 10)) {
            assertThat(Entered.end(a, (int) row.number("child"), "x", row.number("entry")))
                    .hasSize(1);
            model.remove(row.number("origin"));
        }
    }

    private void rolledBack(SplittableRandom random) {
        a.begin();
        for (Row row : some(random, "true", 5)) {
            Entered.end(a, (int) row.number("child"), "x", row.number("entry"));
        }
        Entered.add(a, "s", 3_600_000, 3);
        a.rollback();
    }

    private void report(SplittableRandom random) {
        for (Row row : some(random, "state = 'h'", 4)) {
            long lease = row.number("lease");
            assertThat(a.row("select report(array[" + lease + "]::bigint[], array[" + Session.nonce()
                                    + "]::bigint[], array['{\"at\": " + row.number("origin") + "}']) as x")
                            .longs("x"))
                    .containsExactly(lease);
        }
    }

    private void settle(SplittableRandom random) {
        for (Row row : some(random, "state = 'h'", 4)) {
            assertThat(a.row("select * from settle(array[" + row.number("lease")
                                    + "]::bigint[], array['t'], array[3600000]::bigint[], null, " + Session.nonce()
                                    + ")")
                            .flag("accepted"))
                    .isTrue();
            model.put(row.number("origin"), "t");
        }
    }

    private List<Row> some(SplittableRandom random, String which, int most) {
        List<Row> all = new ArrayList<>(a.rows(
                "select * from (" + Entered.union() + ") y where outcome is null and " + which + " order by entry"));
        List<Row> chosen = new ArrayList<>();
        for (int i = 0; i < most && !all.isEmpty(); i++) {
            chosen.add(all.remove(random.nextInt(all.size())));
        }
        return chosen;
    }

    private void check(Session watcher) {
        Map<Long, String> found = new TreeMap<>();
        for (Row row : Entered.live(watcher)) {
            assertThat(found.put(row.number("origin"), row.text("state")))
                    .as("a second live place of %s", row)
                    .isNull();
            assertThat(row.text("args")).isEqualTo("{\"n\":1}");
        }
        assertThat(found).isEqualTo(model);
    }
}
