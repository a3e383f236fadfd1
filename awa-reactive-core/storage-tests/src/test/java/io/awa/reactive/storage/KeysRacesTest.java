package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Concurrency keys: two that claim, grant, end or cancel at the same moment; and the faults put back. */
class KeysRacesTest extends StorageTest {

    private Keyed keyed = null;

    @BeforeEach
    void begin() {
        keyed = new Keyed(a);
    }

    /** Two claims of two lanes, of which the second one comes while the first is not committed. */
    @Test
    void claimAgainstClaim() {
        int other = lane("other", 1);
        keyed.put(1, "x");
        long second = keyed.put(other, "x").get(0);
        a.begin();
        assertThat(keyed.take(5).size()).isEqualTo(1);
        CompletableFuture<List<Row>> rival = b.send(Session.claimCall(2, 5, Session.nonce()));
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.await(rival).get(0).text("status")).isEqualTo("again");
        assertThat(keyed.state(second)).isEqualTo("gated");
        assertThat(keyed.open("x")).isEqualTo(1);
    }

    /** A fault put back: without what holds them, these tests would see two at once. */
    @Test
    void withoutTheLockTwoWouldBeOpen() {
        a.run("create or replace function lock_places(p_bases uuid[], p_wait boolean) returns bigint[]"
                + " language sql as 'select array[]::bigint[]'");
        int other = lane("other", 1);
        keyed.put(1, "x");
        keyed.put(other, "x");
        a.begin();
        assertThat(keyed.take(5).size()).isEqualTo(1);
        CompletableFuture<List<Row>> rival = b.send(Session.claimCall(2, 5, Session.nonce()));
        c.untilBlocked(b);
        a.commit();
        // Nothing but the number of the place's version would be left to refuse it.
        assertThat(Session.refusal(rival)).isEqualTo("23505");
    }

    @Test
    void withoutTheSecondLookALoweredLimitWouldNotHold() {
        String ask = a.text(
                "select pg_get_functiondef('ask_further(int, bigint[], text[], boolean[], text[])'::regprocedure)");
        String blind = ask.replace("if v_open < v_limit then", "if true then");
        assertThat(blind).isNotEqualTo(ask);
        a.run(blind);
        keyed.limit(1, 2);
        keyed.put(1, "x", "x", "x");
        a.close(Item.completed(keyed.take(10), 0));
        assertThat(keyed.grant("x")).isEqualTo(1);
        keyed.limit(1, 1);
        assertThat(keyed.take(10).size()).isEqualTo(1);
        assertThat(keyed.open("x")).isEqualTo(2);
    }

    /** Of two conditions a planner puts the cheaper one first: it would try all locks. */
    @Test
    void theLocksOfItsKeysAndNoOthers() {
        for (boolean patient : new boolean[] {true, false}) {
            a.begin();
            a.run("select lock_places(array[places_of('x'), places_of('y'), places_of('x')], " + patient + ")");
            assertThat(a.number("select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"))
                    .isEqualTo(2);
            a.rollback();
        }
    }

    @Test
    void aClaimThatRollsBackHadNoPlace() {
        int other = lane("other", 1);
        keyed.put(1, "x", "x");
        keyed.put(other, "x");
        a.begin();
        keyed.take(5);
        CompletableFuture<List<Row>> rival = b.send(Session.claimCall(2, 5, Session.nonce()));
        c.untilBlocked(b);
        a.rollback();
        assertThat(Session.await(rival).get(0).longs("positions")).hasSize(1);
        assertThat(keyed.take(5).size()).isZero();
        assertThat(keyed.waiting("x")).hasSize(2);
    }

    /** Two grants of one free place. */
    @Test
    void grantAgainstGrant() {
        keyed.put(1, "x", "x", "x");
        a.complete(keyed.take(5));
        a.begin();
        assertThat(keyed.grant("x")).isEqualTo(1);
        CompletableFuture<List<Row>> rival = b.send(Keyed.grantCall("x"));
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.await(rival).get(0).number("granted")).isZero();
        assertThat(keyed.take(5).size()).isEqualTo(1);
    }

    @Test
    void aGrantThatRollsBackGaveNothing() {
        keyed.put(1, "x", "x");
        a.complete(keyed.take(5));
        a.begin();
        keyed.grant("x");
        CompletableFuture<List<Row>> rival = b.send(Keyed.grantCall("x"));
        c.untilBlocked(b);
        a.rollback();
        assertThat(Session.await(rival).get(0).number("granted")).isEqualTo(1);
        assertThat(keyed.take(5).size()).isEqualTo(1);
    }

    /** The end is not committed when the claim looks: the grant after it finds who was put aside. */
    @Test
    void noWakeUpIsLost() {
        keyed.put(1, "x");
        Taken running = keyed.take(5);
        long second = keyed.put(1, "x").get(0);
        b.begin();
        assertThat(b.complete(running).fresh()).isEqualTo("1");
        a.begin();
        assertThat(a.claim(5).status()).as("it is put aside").isEqualTo("again");
        b.commit();
        CompletableFuture<List<Row>> grant = b.send(Keyed.grantCall("x"));
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.await(grant).get(0).number("granted")).isEqualTo(1);
        assertThat(keyed.ids(keyed.take(5))).containsExactly(second);
    }

    /** An end that is not committed frees nothing. */
    @Test
    void grantAgainstClose() {
        keyed.put(1, "x", "x");
        Taken running = keyed.take(5);
        b.begin();
        b.complete(running);
        assertThat(keyed.grant("x")).isZero();
        b.rollback();
        assertThat(keyed.grant("x")).isZero();
        b.complete(running);
        assertThat(keyed.grant("x")).isEqualTo(1);
        assertThat(keyed.open("x")).isZero();
    }

    /** Whoever ends the entry first has it: the grant is told, and finds the next one when it is called again. */
    @Test
    void cancelAgainstGrant() {
        List<Long> ids = keyed.put(1, "x", "x", "x");
        a.complete(keyed.take(5));
        a.begin();
        a.row(Life.call("cancel", "{}", ids.get(1)));
        Row refused = b.row(Keyed.grantCall("x"));
        assertThat(refused.flag("busy")).isTrue();
        assertThat(refused.number("granted")).isZero();
        CompletableFuture<List<Row>> grant = b.send(Keyed.grantCall("x"));
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.await(grant).get(0).flag("busy")).isTrue();
        assertThat(keyed.grant("x")).isEqualTo(1);
        assertThat(keyed.ids(keyed.take(5))).containsExactly(ids.get(2));
    }

    /** Found by the random run: a claim that puts many aside meets further keys, and may not wait for those. */
    @Test
    void furtherKeysAreNotWaitedFor() {
        keyed.put(1, "b", "b");
        keyed.put(1, "a");
        long last = keyed.put(1, "").get(0);
        c.begin();
        c.run("select lock_places(array[places_of('a')], true)");
        Taken claim = keyed.take(2);
        assertThat(claim.size()).as("up to the key that somebody has in hand").isEqualTo(1);
        assertThat(keyed.waiting("b")).hasSize(1);
        c.commit();
        assertThat(keyed.take(2).positions()).hasSize(2).contains(last);
    }

    /** The same where the very first that the second look finds is new, and its key is in somebody's hand. */
    @Test
    void aFurtherKeyThatCameBeforeAllOthers() {
        keyed.put(1, "b");
        Taken open = keyed.take(1);
        b.begin();
        long late = new Keyed(b).put(1, "a").get(0);
        List<Long> behind = keyed.put(1, "b", "b");
        b.run("select lock_places(array[places_of('b')], true)");
        c.begin();
        c.run("select lock_places(array[places_of('a')], true)");
        CompletableFuture<List<Row>> claim = a.send(Session.claimCall(1, 2, Session.nonce()));
        c.untilBlocked(a);
        b.commit();
        assertThat(Session.await(claim).get(0).text("status")).isEqualTo("again");
        assertThat(keyed.waiting("b")).as("nothing behind it is decided").isEmpty();
        c.commit();
        assertThat(keyed.take(2).positions()).containsExactly(late);
        assertThat(keyed.waiting("b")).isEqualTo(behind);
        a.complete(open);
        assertThat(keyed.grant("b")).isEqualTo(1);
        assertThat(keyed.ids(keyed.take(2))).containsExactly(behind.get(0));
    }
}
