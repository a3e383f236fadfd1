package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Concurrency keys: who may start, who waits, in what order, and what frees a place. */
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

    /** The faults put back: without what holds them, these tests would see two at once. */
    @Test
    void withoutTheLockTwoWouldBeOpen() {
        a.run("create or replace function lock_places(p_keys text[]) returns void language sql as 'select'");
        int other = lane("other", 1);
        keyed.put(1, "x");
        keyed.put(other, "x");
        a.begin();
        assertThat(keyed.take(5).size()).isEqualTo(1);
        CompletableFuture<List<Row>> rival = b.send(Session.claimCall(2, 5, Session.nonce()));
        c.untilBlocked(b);
        a.commit();
        // Nothing but the number of the place's version would be left to refuse it.
        assertThat(Session.refusal(rival)).isEqualTo("40001");
    }

    @Test
    void withoutTheSecondLookALoweredLimitWouldNotHold() {
        String ask =
                a.text("select pg_get_functiondef('ask_places(int, bigint[], text[], int, boolean)'::regprocedure)");
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

    /** K1: a job that was tried before is at its old place again only by a new grant, whatever the place's version says. */
    @Test
    void aRetryAsksAnew() {
        keyed.limit(1, 2);
        List<Long> ids = keyed.put(1, "x", "x");
        Taken first = keyed.take(1);
        Taken second = keyed.take(1);
        assertThat(Lives.end(a, second, 't', 0)).isTrue();
        keyed.limit(1, 1);
        assertThat(Lives.promote(a, 0)).isEqualTo(1);
        assertThat(keyed.take(5).size()).as("the other one is at work").isZero();
        assertThat(keyed.state(ids.get(1))).isEqualTo("gated");
        a.complete(first);
        assertThat(keyed.grant("x")).isEqualTo(1);
        assertThat(keyed.ids(keyed.take(5))).containsExactly(ids.get(1));
        assertThat(keyed.open("x")).isEqualTo(1);
    }

    @Test
    void allWaysToEndFreeThePlace() {
        for (char outcome : new char[] {'t', 'z', 'f', 'd', 'x'}) {
            String key = "k" + outcome;
            keyed.put(1, key, key);
            Taken claim = keyed.take(1);
            assertThat(keyed.grant(key)).isZero();
            assertThat(keyed.take(5).size()).isZero();
            assertThat(Lives.end(a, claim, outcome, 3_600_000)).isTrue();
            assertThat(keyed.grant(key)).as("after %s", outcome).isEqualTo(1);
            a.complete(keyed.take(5));
        }
    }

    @Test
    void aReleasedJobKeepsItsPlace() {
        List<Long> ids = keyed.put(1, "x", "x");
        Taken claim = keyed.take(1);
        assertThat(keyed.take(5).size()).isZero();
        a.release(claim);
        assertThat(keyed.grant("x")).isZero();
        assertThat(keyed.take(5).positions()).containsExactly(ids.get(0));
        assertThat(keyed.open("x")).isEqualTo(1);
    }

    @Test
    void heldAndParked() {
        keyed.put(1, "x", "x", "x");
        Taken claim = keyed.take(1);
        assertThat(keyed.take(5).size()).isZero();
        long lease = keyed.hold(claim);
        assertThat(keyed.grant("x")).as("held").isZero();
        assertThat(keyed.open("x")).isEqualTo(1);
        assertThat(keyed.settle(lease, "w", "{\"callback\":{\"awaited\":true}}"))
                .isTrue();
        assertThat(keyed.grant("x"))
                .as("its handler waits and goes on by itself")
                .isZero();
        a.run("select register_callback(" + lease + ", 1)");
        Taken next = null;
        // A resumed attempt runs on; parked without a handler, it gives its place away.
        assertThat(keyed.settle(lease, "z")).isTrue();
        assertThat(keyed.grant("x")).isEqualTo(1);
        next = keyed.take(5);
        lease = keyed.hold(next);
        assertThat(keyed.settle(lease, "w")).isTrue();
        assertThat(keyed.grant("x")).as("parked").isEqualTo(1);
        assertThat(keyed.take(5).size()).isEqualTo(1);
        assertThat(keyed.open("x")).isEqualTo(1);
    }

    @Test
    void whatOperatorsDoWithThem() {
        List<Long> ids = keyed.put(1, "x", "x", "x", "x", "x");
        Taken claim = keyed.take(1);
        keyed.take(5);
        assertThat(a.row(Life.call("cancel", "{\"reason\":\"no\"}", ids.get(1))).text("result"))
                .isEqualTo("done");
        assertThat(a.row(Life.call("delete", "{}", ids.get(2))).text("result")).isEqualTo("done");
        assertThat(a.row(Life.call("move", "{\"queue\":\"other\"}", ids.get(3))).text("result"))
                .isEqualTo("done");
        assertThat(keyed.state(ids.get(1))).isEqualTo("cancelled");
        assertThat(keyed.state(ids.get(2))).isEqualTo("unknown");
        assertThat(keyed.waiting("x"))
                .as("moved, and where it was in the order")
                .containsExactly(ids.get(3), ids.get(4));
        assertThat(a.row(Life.call("cancel", "{}", ids.get(0))).text("result")).isEqualTo("done");
        assertThat(keyed.grant("x")).isEqualTo(1);
        assertThat(keyed.take(1, 5).size()).isZero();
        assertThat(keyed.ids(keyed.take(2, 5))).containsExactly(ids.get(3));
        assertThat(claim.size()).isEqualTo(1);
        ids.forEach(id -> Life.checkPlaces(a, id));
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
        c.run("select lock_places(array['a'])");
        Taken claim = keyed.take(2);
        assertThat(claim.size()).as("up to the key that somebody has in hand").isEqualTo(1);
        assertThat(keyed.waiting("b")).hasSize(1);
        c.commit();
        assertThat(keyed.take(2).positions()).hasSize(2).contains(last);
    }

    @Test
    void moreKeysThanAClaimMayLock() {
        String[] keys = IntStream.range(0, 150).mapToObj(i -> "k" + i).toArray(String[]::new);
        List<Long> ids = keyed.put(1, keys);
        Taken first = keyed.take(512);
        assertThat(first.positions()).isEqualTo(ids.subList(0, 64));
        assertThat(first.more()).isTrue();
        assertThat(keyed.take(512).positions()).isEqualTo(ids.subList(64, 128));
        Taken last = keyed.take(512);
        assertThat(last.positions()).isEqualTo(ids.subList(128, 150));
    }

    @Test
    void theLeadersPassFindsWhatNobodyGaveOn() {
        for (int i = 0; i < 5; i++) {
            keyed.put(1, "k" + i, "k" + i);
        }
        List<Taken> claims = new ArrayList<>();
        keyed.takeAll(claims);
        assertThat(claims).hasSize(5);
        Row idle = a.row("select * from sweep_keys('', 100, 1)");
        assertThat(idle.number("granted")).isZero();
        assertThat(idle.number("waiting")).isEqualTo(5);
        claims.forEach(a::complete);
        Row part = a.row("select * from sweep_keys('', 2, 2)");
        assertThat(part.number("granted")).isEqualTo(2);
        assertThat(part.text("next")).isEqualTo("k1");
        Row rest = a.row("select * from sweep_keys('k1', 100, 3)");
        assertThat(rest.number("granted")).isEqualTo(3);
        assertThat(rest.isNull("next")).isTrue();
        claims.clear();
        assertThat(keyed.takeAll(claims)).hasSize(5);
    }

    @Test
    void aPassWithoutAnythingToGrantWritesNothing() {
        keyed.put(1, "x", "x");
        keyed.take(5);
        a.begin();
        a.run("select * from sweep_keys('', 100, 1)");
        a.run("select * from grant_keys(array['x'], 1)");
        assertThat(a.row("select pg_current_xact_id_if_assigned()::text as xid").isNull("xid"))
                .isTrue();
        a.commit();
    }

    @Test
    void theirSegmentIsGivenBack() {
        keyed.put(1, "x", "x", "x");
        Taken claim = keyed.take(5);
        a.complete(claim);
        a.rotate();
        assertThat(a.reclaim(1)).isEqualTo("Pruned");
        assertThat(keyed.waiting("x")).hasSize(2);
        assertThat(keyed.grant("x")).isEqualTo(1);
        Taken second = keyed.take(5);
        long lease = keyed.hold(second);
        a.rotate();
        assertThat(a.reclaim(2)).isEqualTo("Pruned");
        assertThat(keyed.grant("x")).as("held, and its claim is gone").isZero();
        assertThat(keyed.open("x")).isEqualTo(1);
        assertThat(keyed.settle(lease, "c")).isTrue();
        assertThat(keyed.grant("x")).isEqualTo(1);
        assertThat(keyed.take(5).size()).isEqualTo(1);
    }
}
