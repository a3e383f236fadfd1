package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Concurrency keys where something else changes at the worst moment. */
class KeysAttackTest extends StorageTest {

    private static final String FIRST = "00000000-0000-0000-0000-000000000000";

    private Keyed keyed = null;

    @BeforeEach
    void begin() {
        keyed = new Keyed(a);
    }

    /** The limit counts that stands when the key's lock is had, not the one from before the wait. */
    @Test
    void aLimitThatIsLoweredWhileAClaimWaitsForTheKey() {
        int other = lane("other", 1);
        keyed.limit(2, 2);
        keyed.put(1, "x");
        long second = keyed.put(other, "x").get(0);
        a.begin();
        assertThat(keyed.take(1).size()).isEqualTo(1);
        CompletableFuture<List<Row>> rival = b.send(Session.claimCall(2, 1, Session.nonce()));
        c.untilBlocked(b);
        new Keyed(c).limit(2, 1);
        a.commit();
        assertThat(Session.await(rival).get(0).text("status")).isEqualTo("again");
        assertThat(keyed.open("x")).isEqualTo(1);
        assertThat(keyed.state(second)).isEqualTo("gated");
    }

    /** A held attempt is open until its caller commits, wherever its entry and its place are carried meanwhile. */
    @Test
    void anEndInACallersTransactionThatOutlivesACarry() {
        List<Long> ids = keyed.put(1, "x", "x", "x");
        keyed.hold(keyed.take(1));
        assertThat(keyed.take(1).size()).isZero();
        callerEnds(1);
        assertThat(Entered.rotate(a)).isEqualTo("Rotated");
        assertThat(Entered.seal(a, 1)).isEqualTo("Sealed");
        a.run("set lock_timeout = '50ms'");
        for (int i = 0; i < 3; i++) {
            Entered.carry(a, 1);
            carryKeys();
            assertThat(keyed.grant("x")).isZero();
            assertThat(keyed.take(1).size()).isZero();
        }
        assertThat(Entered.finish(a, 1)).isNotEqualTo("Finished");
        b.rollback();
        Entered.carry(a, 1);
        carryKeys();
        assertThat(Entered.finish(a, 1)).isEqualTo("Finished");
        assertThat(Entered.prune(a, 1)).isEqualTo("Pruned");
        assertThat(keyed.grant("x")).as("the attempt goes on").isZero();
        assertThat(keyed.open("x")).isEqualTo(1);

        callerEnds(2);
        assertThat(keyed.grant("x")).isZero();
        b.commit();
        assertThat(keyed.open("x")).isZero();
        assertThat(keyed.grant("x")).isEqualTo(1);
        assertThat(keyed.ids(keyed.take(1))).containsExactly(ids.get(1));
        assertThat(keyed.open("x")).isEqualTo(1);
    }

    private void callerEnds(int store) {
        int child = (int) a.number("select child from stores where store = " + store + " and reclaimed_at is null");
        long entry = a.number("select max(e.entry) from entries_" + child + " e where e.state = 'h' and not exists"
                + " (select from endings_" + child + " x where x.entry = e.entry)");
        b.begin("repeatable read");
        assertThat(b.row("select complete_in(" + child + ", " + entry + ", " + Session.nonce() + ") as done")
                        .flag("done"))
                .isTrue();
    }

    private void carryKeys() {
        a.row("select * from carry_keys(1, '" + FIRST + "', 100)");
    }
}
