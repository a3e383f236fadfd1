package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Concurrency keys across the store's ring: who waits and who has a place, carried to the current store. */
class KeysCarryTest extends StorageTest {

    private static final String FIRST = "00000000-0000-0000-0000-000000000000";

    private Keyed keyed = null;

    @BeforeEach
    void begin() {
        keyed = new Keyed(a);
    }

    @Test
    void placesAndOrderOutliveTheStore() {
        List<Long> ids = keyed.put(1, "x", "x", "x");
        Taken running = keyed.take(5);
        List<Long> waiting = keyed.waiting("x");
        for (int store = 1; store <= 6; store++) {
            // Newcomers get lower numbers than what is carried, and stand behind it all the same.
            ids = Keyed.with(ids, rotate(store));
            Entered.carry(a, store);
            carryKeys(store);
            assertThat(Entered.finish(a, store)).isEqualTo("Finished");
            assertThat(Entered.prune(a, store)).isEqualTo("Pruned");
            assertThat(keyed.grant("x")).as("in store %s", store + 1).isZero();
            assertThat(keyed.open("x")).isEqualTo(1);
        }
        waiting = ids.subList(1, ids.size());
        assertThat(keyed.waiting("x")).isEqualTo(waiting);
        a.complete(running);
        List<Long> order = new ArrayList<>();
        while (keyed.grant("x") > 0) {
            Taken next = keyed.take(5);
            order.addAll(keyed.ids(next));
            assertThat(keyed.open("x")).isEqualTo(1);
            a.complete(next);
        }
        assertThat(order).isEqualTo(waiting);
    }

    /** A place that was taken before the pointer moved is seen by who takes the next one after it. */
    @Test
    void aPlaceTakenBeforeThePointerMoved() {
        int other = lane("other", 1);
        keyed.put(1, "x");
        keyed.put(other, "x");
        a.begin();
        assertThat(keyed.take(5).size()).isEqualTo(1);
        Lives.rotateStore(c, 2, 1);
        CompletableFuture<List<Row>> rival = b.send(Session.claimCall(2, 5, Session.nonce()));
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.await(rival).get(0).text("status")).isEqualTo("again");
        assertThat(keyed.open("x")).isEqualTo(1);
    }

    @Test
    void aGrantThatMeetsACarry() {
        keyed.put(1, "x", "x");
        a.complete(keyed.take(5));
        rotate(1);
        a.begin();
        Entered.carry(a, 1);
        Row refused = b.row(Keyed.grantCall("x"));
        assertThat(refused.flag("busy")).isTrue();
        a.commit();
        assertThat(keyed.grant("x")).isEqualTo(1);
        assertThat(keyed.take(5).size()).isEqualTo(1);
        assertThat(keyed.waiting("x")).hasSize(1);
    }

    @Test
    void aCarryThatMeetsAGrant() {
        keyed.put(1, "x", "x");
        a.complete(keyed.take(5));
        rotate(1);
        a.begin();
        assertThat(keyed.grant("x")).isEqualTo(1);
        Entered.carry(b, 1);
        a.commit();
        Entered.carry(b, 1);
        assertThat(keyed.take(5).size()).isEqualTo(1);
        assertThat(keyed.waiting("x")).hasSize(1);
        assertThat(keyed.open("x")).isEqualTo(1);
    }

    private List<Long> rotate(int store) {
        assertThat(Entered.rotate(a)).isEqualTo("Rotated");
        List<Long> more = keyed.put(1, "x");
        keyed.take(5);
        assertThat(Entered.seal(a, store)).isEqualTo("Sealed");
        return more;
    }

    private void carryKeys(long store) {
        a.row("select * from carry_keys(" + store + ", '" + FIRST + "', 100)");
    }
}
