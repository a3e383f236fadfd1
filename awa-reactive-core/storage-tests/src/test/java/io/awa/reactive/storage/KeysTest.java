package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Concurrency keys: who may start, who waits, and in what order. */
class KeysTest extends StorageTest {

    private Keyed keyed = null;

    @BeforeEach
    void begin() {
        keyed = new Keyed(a);
    }

    @Test
    void oneAtATimeInTheOrderOfTheLane() {
        List<Long> ids = keyed.put(1, "x", "x", "", "x", "y", "");
        Taken first = keyed.take(10);
        assertThat(first.positions()).containsExactly(ids.get(0), ids.get(2), ids.get(4), ids.get(5));
        assertThat(first.args()).containsExactly("{\"k\":\"x\"}", "{\"k\":\"\"}", "{\"k\":\"y\"}", "{\"k\":\"\"}");
        assertThat(keyed.state(ids.get(1))).isEqualTo("gated");
        assertThat(keyed.take(10).size()).isZero();
        assertThat(keyed.grant("x", "y")).isZero();
        assertThat(keyed.waiting("x")).containsExactly(ids.get(1), ids.get(3));

        a.close(Item.completed(first, 0));
        assertThat(keyed.take(10).size()).as("nothing comes by itself").isZero();
        assertThat(keyed.grant("x", "y")).isEqualTo(1);
        assertThat(keyed.grant("x")).as("its place is taken already").isZero();
        assertThat(keyed.state(ids.get(1))).isEqualTo("available");
        Taken second = keyed.take(10);
        assertThat(keyed.ids(second)).containsExactly(ids.get(1));
        assertThat(second.args()).containsExactly("{\"k\":\"x\"}");
        assertThat(keyed.grant("x")).isZero();
        assertThat(keyed.open("x")).isEqualTo(1);
        a.complete(second);
        assertThat(keyed.grant("x")).isEqualTo(1);
        a.complete(keyed.take(10));
        a.close(Item.completed(first, 1, 2, 3));
        assertThat(keyed.waiting("x")).isEmpty();
        assertThat(a.number("select count(*) from jobs('{}', null, 100, 1000) where id is not null"
                        + " and state <> 'completed'"))
                .isZero();
    }

    /** A claim of few jobs puts many aside, so that a flood of one key does not take as many claims as it has jobs. */
    @Test
    void theLaneGoesOnPastThemInOneClaim() {
        long first = keyed.put(1, Keyed.times(300, "noisy")).get(0);
        List<Long> others = keyed.put(1, "quiet", "", "other", "");
        Taken claim = keyed.take(4);
        assertThat(claim.positions()).containsExactly(first, others.get(0), others.get(1), others.get(2));
        assertThat(claim.args())
                .containsExactly("{\"k\":\"noisy\"}", "{\"k\":\"quiet\"}", "{\"k\":\"\"}", "{\"k\":\"other\"}");
        assertThat(claim.more()).isTrue();
        assertThat(keyed.waiting("noisy")).hasSize(299);
        assertThat(keyed.take(4).positions()).containsExactly(others.get(3));
        keyed.put(1, Keyed.times(1_000, "noisy"));
        long last = keyed.put(1, "").get(0);
        assertThat(a.claim(1).status()).isEqualTo("again");
        assertThat(keyed.waiting("noisy")).as("512 at a time").hasSize(299 + 512);
        assertThat(keyed.take(1).positions()).containsExactly(last);
    }

    /** Where few have to wait, the rest is taken, and nothing behind it is looked at. */
    @Test
    void aFewThatWaitAreNoFlood() {
        keyed.put(1, "noisy");
        assertThat(keyed.take(1).size()).isEqualTo(1);
        List<Long> ids = keyed.put(1, "a", "noisy", "b", "c", "noisy", "d", "noisy");
        Taken claim = keyed.take(4);
        assertThat(claim.positions()).containsExactly(ids.get(0), ids.get(2), ids.get(3));
        assertThat(claim.more()).isTrue();
        assertThat(keyed.waiting("noisy")).containsExactly(ids.get(1));
        assertThat(keyed.take(4).positions()).containsExactly(ids.get(5));
        assertThat(keyed.waiting("noisy")).containsExactly(ids.get(1), ids.get(4), ids.get(6));
    }

    /** Of those that a look finds and that may not be taken all is left as it is, and nobody is asked for twice. */
    @Test
    void aLookOfManyAsksOnceForAKey() {
        a.run("create sequence looks");
        a.run("alter function places_held(uuid[]) rename to places_seen");
        a.run(
                "create function places_held(p_bases uuid[]) returns table (base uuid, number int, version bigint, job bigint, pos bigint,"
                        + " low bigint, state \"char\") language plpgsql as"
                        + " 'begin perform nextval(''looks''); return query select * from places_seen(p_bases); end'");
        List<Long> ids = keyed.put(1, Keyed.times(8, "noisy"));
        List<Long> others = keyed.put(
                1,
                IntStream.range(0, 40)
                        .mapToObj(i -> i % 2 == 0 ? "k" + i : "noisy")
                        .toArray(String[]::new));
        Taken claim = keyed.take(4);
        assertThat(claim.positions()).containsExactly(ids.get(0), others.get(0), others.get(2), others.get(4));
        assertThat(keyed.waiting("noisy")).as("up to the last one taken").hasSize(7 + 3);
        assertThat(a.number("select last_value from looks"))
                .as("one look at all of a claim's keys, one at those of the longer one")
                .isEqualTo(2);
        assertThat(keyed.take(3).positions()).as("its place was not taken").contains(others.get(6));
    }

    @Test
    void asManyAsTheLimit() {
        keyed.limit(1, 3);
        List<Long> ids = keyed.put(1, Keyed.times(5, "x"));
        Taken claim = keyed.take(10);
        assertThat(claim.positions()).isEqualTo(ids.subList(0, 3));
        a.close(Item.completed(claim, 1));
        assertThat(keyed.grant("x")).isEqualTo(1);
        assertThat(keyed.ids(keyed.take(10))).containsExactly(ids.get(3));
        assertThat(keyed.open("x")).isEqualTo(3);
    }

    @Test
    void aKeyIsOneInAllQueues() {
        int other = lane("other", 1);
        long first = keyed.put(1, "x").get(0);
        long second = keyed.put(other, "x").get(0);
        Taken claim = keyed.take(1, 5);
        assertThat(claim.positions()).containsExactly(first);
        assertThat(keyed.take(2, 5).size()).isZero();
        assertThat(keyed.state(second)).isEqualTo("gated");
        a.complete(claim);
        keyed.grant("x");
        assertThat(keyed.ids(keyed.take(2, 5))).containsExactly(second);
    }

    @Test
    void newcomersQueueBehindThoseThatWait() {
        List<Long> ids = keyed.put(1, "x", "x", "x");
        a.complete(keyed.take(5));
        long late = keyed.put(1, "x").get(0);
        assertThat(keyed.take(5).size())
                .as("the place is free, and others were first")
                .isZero();
        assertThat(keyed.waiting("x")).containsExactly(ids.get(1), ids.get(2), late);
        List<Long> order = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            assertThat(keyed.grant("x")).isEqualTo(1);
            Taken next = keyed.take(5);
            order.addAll(keyed.ids(next));
            a.complete(next);
        }
        assertThat(order).containsExactly(ids.get(1), ids.get(2), late);
    }

    /** Who has a place already, and stands at the lane's end, is not overtaken by one that came after it. */
    @Test
    void nobodyOvertakesOneThatHasItsPlace() {
        keyed.limit(1, 2);
        List<Long> ids = keyed.put(1, "x", "x", "x");
        Taken two = keyed.take(5);
        a.close(Item.completed(two, 0, 1));
        long late = keyed.put(1, "x").get(0);
        assertThat(keyed.grant("x")).isEqualTo(1);
        Row claim =
                a.row(Session.claimCall(1, 1, Session.nonce()).replace("*", "status, positions, ready::text as ready"));
        assertThat(claim.text("status")).isEqualTo("ok");
        assertThat(claim.longs("positions")).extracting(keyed::id).containsExactly(ids.get(2));
        assertThat(claim.text("ready")).as("somebody is to grant it").isEqualTo("{x}");
        assertThat(keyed.state(late)).isEqualTo("gated");
        assertThat(keyed.grant("x")).isEqualTo(1);
        assertThat(keyed.takeAll(new ArrayList<>())).containsExactly(late);
    }

    @Test
    void aLimitThatIsLowered() {
        keyed.limit(1, 3);
        keyed.put(1, Keyed.times(8, "x"));
        Taken three = keyed.take(10);
        a.close(Item.completed(three, 0));
        assertThat(keyed.grant("x")).isEqualTo(1);
        keyed.limit(1, 1);
        assertThat(keyed.take(10).size())
                .as("it has a place, but two are at work")
                .isZero();
        a.close(Item.completed(three, 1));
        assertThat(keyed.grant("x")).isZero();
        a.close(Item.completed(three, 2));
        assertThat(keyed.grant("x")).isEqualTo(1);
        assertThat(keyed.grant("x")).isZero();
        assertThat(keyed.take(10).size()).isEqualTo(1);
        assertThat(keyed.open("x")).isEqualTo(1);
        keyed.limit(1, 4);
        assertThat(keyed.grant("x")).isEqualTo(3);
        assertThat(keyed.take(10).size()).isEqualTo(3);
        assertThat(keyed.open("x")).isEqualTo(4);
        assertThat(keyed.waiting("x")).hasSize(1);
    }

    /** So few locks guard all keys that a claim takes those of any number. */
    @Test
    void manyKeysAreOneClaim() {
        List<Long> ids =
                keyed.put(1, IntStream.range(0, 1_000).mapToObj(i -> "k" + i).toArray(String[]::new));
        a.begin();
        Taken claim = keyed.take(1_000);
        assertThat(claim.positions()).isEqualTo(ids);
        assertThat(a.number("select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"))
                .isLessThanOrEqualTo(1 + 64);
        a.commit();
        assertThat(a.number(
                        "select count(*) from keys_0 where segment = " + claim.segment() + " and no = " + claim.no()))
                .as("each place names its claim")
                .isEqualTo(1_000);
    }
}
