package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.schema.SchemaMigrator;
import io.awa.reactive.testkit.SeededTest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Both ways in against what they should answer: in two schemas that go through the same random life, batches are stored by
 * one statement in the one, and by keys and positions first and bodies then in the other. Fates and ids are compared with
 * those found from where the last taker of each key is, and with each other; so are the rows in the end.
 */
class UniqueOracleTest extends StorageTest {

    private static final int STEPS = 150;
    private static final int KEYS = 12;
    private static final int MANY = 500;
    private static final Map<String, Integer> BITS = Map.of(
            "s", 1, "a", 2, "r", 4, "t", 8, "c", Ask.COMPLETED, "f", Ask.FAILED, "x", Ask.CANCELLED, "z", Ask.SNOOZED);
    private static final String STORED =
            union("select pos, key::text as key, key_states, coalesce(origin, 0) as origin from jobs_");
    private static final String TAKEN = union("select version, key::text as key, job, states from keys_");

    private static final String ANSWER = "array_replace(ids, null, 0) as ids, fates";

    private final Map<Integer, Holder> last = new HashMap<>();
    private Session twin = null;
    private Session rival = null;
    private Session otherRival = null;
    private int asked;

    @SeededTest(3)
    void bothAnswerWhatTheyShould(long seed) {
        Random random = new Random(seed);
        String schema = postgres().freshSchema("twin");
        SchemaMigrator.of(postgres().connections())
                .schema(schema)
                .children(children())
                .migrate()
                .block(Session.PATIENCE);
        try (Sessions sessions = new Sessions(Session.open(postgres(), schema), Session.open(postgres(), schema))) {
            twin = sessions.first;
            otherRival = sessions.second;
            rival = b;
            twin.run("select ensure_lane('q', 1); select ensure_kind('k')");
            for (int i = 0; i < STEPS; i++) {
                step(random);
            }
            assertThat(twin.texts("select y::text from (" + STORED + ") y order by 1"))
                    .isEqualTo(a.texts("select y::text from (" + STORED + ") y order by 1"));
            assertThat(twin.texts("select y::text from (" + TAKEN + ") y order by 1"))
                    .isEqualTo(a.texts("select y::text from (" + TAKEN + ") y order by 1"));
        } finally {
            postgres().drop(schema).block(Session.PATIENCE);
        }
        assertThat(asked).isGreaterThan(STEPS);
    }

    private void step(Random random) {
        int what = random.nextInt(20);
        if (what < 12) {
            ask(random);
        } else if (what < 16) {
            String outcome = List.of("c", "c", "t", "z", "f", "x").get(random.nextInt(6));
            Taken expected = a.claim(1);
            Taken found = twin.claim(1);
            assertThat(found.positions()).isEqualTo(expected.positions());
            if (expected.positions().isEmpty()) {
                return;
            }
            for (Session session : List.of(a, twin)) {
                Taken claim = session == a ? expected : found;
                if (outcome.equals("c")) {
                    session.complete(claim);
                } else {
                    Lives.end(session, claim, outcome.charAt(0), outcome.equals("t") ? 3_600_000 : 0);
                }
            }
        } else if (what == 16) {
            // one that leaves its mask while it waits, so that the key may be taken meanwhile
            int key = 1 + random.nextInt(KEYS);
            Ask first = Ask.later(a, key, Ask.ALWAYS, 3_600_000);
            assertThat(Ask.later(twin, key, Ask.ALWAYS, 3_600_000)).isEqualTo(first);
        } else if (what == 17) {
            assertThat(twin.rotate()).isEqualTo(a.rotate());
            long oldest = a.number("select min(segment) from generations where reclaimed_at is null");
            assertThat(twin.reclaim(oldest)).isEqualTo(a.reclaim(oldest));
        } else if (what == 18) {
            assertThat(Entered.rotate(twin)).isEqualTo(Entered.rotate(a));
        } else {
            long oldest = a.number("select min(store) from stores where reclaimed_at is null");
            if (oldest < a.number("select last_value >> 8 from current_store")) {
                assertThat(Entered.reclaim(twin, oldest)).isEqualTo(Entered.reclaim(a, oldest));
            }
        }
    }

    private void ask(Random random) {
        int n = 1 + random.nextInt(8);
        int most = random.nextInt(3) == 0 ? MANY : KEYS;
        boolean plain = random.nextBoolean();
        int[] keys = IntStream.range(0, n)
                .map(i -> plain && random.nextInt(6) == 0 ? 0 : 1 + random.nextInt(most))
                .toArray();
        int[] masks = IntStream.range(0, n)
                .map(i -> Ask.ALWAYS | random.nextInt(1024))
                .toArray();
        boolean fail = random.nextInt(4) == 0;
        boolean wait = fail || random.nextInt(3) != 0;
        Set<Integer> busy = new HashSet<>();
        if (!wait) {
            rival.begin();
            otherRival.begin();
            for (int i = random.nextInt(3); i > 0; i--) {
                int key = Math.max(1, keys[random.nextInt(n)]);
                busy.add(key);
                for (Session session : List.of(rival, otherRival)) {
                    session.run("select lock_keys(array['" + Ask.key(key) + "']::uuid[], true)");
                }
            }
        }
        List<Ask> expected = expected(keys, masks, fail, busy);
        Row one = a.row("select " + ANSWER + " from submit(array[1], array[1], array[25], array_fill('{}'::text, array["
                + n + "]), null, null, null, " + asked(keys, masks) + ", " + wait + ", " + fail + ")");
        twin.begin();
        Row other = twin.row("select cell, " + ANSWER + " from reserve_unique(array[1], " + n + ", "
                + asked(keys, masks) + ", " + wait + ", " + fail + ")");
        if (!other.isNull("cell")) {
            twin.run("insert into jobs_" + (other.number("cell") & 255)
                    + " (pos, kind, max_attempts, args, key, key_states)"
                    + " select u.id, 1, 25, '{}', u.key, case when u.key is not null then u.states end from unnest(array["
                    + other.longs("fates").stream().map(String::valueOf).collect(Collectors.joining(", ")) + "], array["
                    + other.longs("ids").stream().map(String::valueOf).collect(Collectors.joining(", "))
                    + "]::bigint[], "
                    + asked(keys, masks) + ") u(fate, id, key, states) where u.fate = 0");
        }
        twin.commit();
        if (!wait) {
            rival.rollback();
            otherRival.rollback();
        }
        String call = Arrays.toString(keys) + " " + Arrays.toString(masks) + " fail " + fail + ", busy " + busy;
        List<Ask> found = asks(one);
        assertThat(asks(other)).as(call).isEqualTo(found);
        assertThat(found)
                .extracting(Ask::fate)
                .as(call)
                .isEqualTo(expected.stream().map(Ask::fate).toList());
        long before = 0;
        for (int i = 0; i < n; i++) {
            Ask ask = found.get(i);
            if (ask.stored()) {
                assertThat(ask.id()).as(call).isGreaterThan(before);
                before = ask.id();
                if (keys[i] > 0) {
                    last.put(keys[i], new Holder(ask.id(), masks[i]));
                }
            }
        }
        for (int i = 0; i < n; i++) {
            long id = expected.get(i).id();
            assertThat(found.get(i).stored()
                            || found.get(i).id()
                                    == (id < 0 ? found.get((int) -id - 1).id() : id))
                    .as(call + " " + found + " at " + i)
                    .isTrue();
        }
        asked += n;
    }

    /** The id of a duplicate of the i-th job of the call is -i, counted from 1. */
    private List<Ask> expected(int[] keys, int[] masks, boolean fail, Set<Integer> busy) {
        Map<Integer, Integer> firsts = new HashMap<>();
        List<Ask> asks = new ArrayList<>();
        for (int i = 0; i < keys.length; i++) {
            Integer first = firsts.putIfAbsent(keys[i], i);
            Holder holder = last.get(keys[i]);
            if (keys[i] == 0) {
                asks.add(new Ask(0, 0));
            } else if (first != null) {
                Ask before = asks.get(first);
                asks.add(before.fate() == 2 ? before : new Ask(1, before.fate() == 1 ? before.id() : -first - 1));
            } else if (busy.contains(keys[i])) {
                asks.add(new Ask(2, 0));
            } else if (holder != null && live(holder)) {
                asks.add(new Ask(1, holder.job));
            } else {
                asks.add(new Ask(0, 0));
            }
        }
        if (!fail || asks.stream().noneMatch(ask -> ask.fate() == 1)) {
            return asks;
        }
        Set<Integer> seen = new HashSet<>();
        return IntStream.range(0, keys.length)
                .mapToObj(i -> {
                    boolean again = !seen.add(keys[i]);
                    Ask ask = asks.get(i);
                    return ask.fate() == 1 ? new Ask(1, again ? 0 : ask.id()) : new Ask(3, 0);
                })
                .toList();
    }

    private boolean live(Holder holder) {
        return (BITS.getOrDefault(Lives.state(a, holder.job), 0) & holder.mask) != 0;
    }

    private static String asked(int[] keys, int[] masks) {
        return "array["
                + IntStream.of(keys)
                        .mapToObj(key -> key == 0 ? "null" : "'" + Ask.key(key) + "'")
                        .collect(Collectors.joining(", "))
                + "]::uuid[], array" + Arrays.toString(masks);
    }

    private static List<Ask> asks(Row row) {
        List<Long> ids = row.longs("ids");
        List<Long> fates = row.longs("fates");
        return IntStream.range(0, fates.size())
                .mapToObj(i -> new Ask(fates.get(i).intValue(), ids.get(i)))
                .toList();
    }

    private static String union(String select) {
        return IntStream.range(0, 4).mapToObj(child -> select + child).collect(Collectors.joining(" union all "));
    }

    private record Holder(long job, int mask) {}

    private record Sessions(Session first, Session second) implements AutoCloseable {

        @Override
        public void close() {
            first.close();
            second.close();
        }
    }
}
