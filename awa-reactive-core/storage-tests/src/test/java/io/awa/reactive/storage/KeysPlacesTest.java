package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Concurrency keys: what keeps a place, what frees it, and who is given it then. */
class KeysPlacesTest extends StorageTest {

    private Keyed keyed = null;

    @BeforeEach
    void begin() {
        keyed = new Keyed(a);
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

    /** What a call gives is bounded, for all its keys' locks are held meanwhile. */
    @Test
    void aGrantGivesSoManyAtOnce() {
        List<Long> ids = Keyed.with(keyed.put(1, Keyed.times(400, "x")), keyed.put(1, Keyed.times(400, "y")));
        keyed.take(800);
        assertThat(keyed.waiting("x")).hasSize(399);
        keyed.limit(1, 1_000);
        Row first = a.row(Keyed.grantCall("x", "y"));
        assertThat(first.number("granted")).isEqualTo(512);
        assertThat(first.flag("busy")).as("to be called again").isTrue();
        Row second = a.row(Keyed.grantCall("x", "y"));
        assertThat(second.number("granted")).isEqualTo(798 - 512);
        assertThat(second.flag("busy")).isFalse();
        List<Long> order = keyed.ids(keyed.take(800));
        assertThat(order).hasSize(798).doesNotHaveDuplicates();
        assertThat(order.stream().filter(ids.subList(0, 400)::contains)).isEqualTo(ids.subList(1, 400));
        assertThat(order.stream().filter(ids.subList(400, 800)::contains)).isEqualTo(ids.subList(401, 800));
        assertThat(keyed.open("x") + keyed.open("y")).isEqualTo(800);
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

    /** K7: what a place says of its claim is a hint; a segment that goes between two looks at it takes the closures along. */
    @Test
    void aSegmentThatGoesWhileItsEndsAreLookedForKeepsNoPlace() {
        keyed.put(1, "x");
        a.complete(keyed.take(1));
        assertThat(a.rotate()).isEqualTo("Rotated");
        List<Long> next = keyed.put(1, "x");
        stopBeforeEnds();
        CompletableFuture<List<Row>> look =
                b.send("select state from places_held(array[places_of('x')]) where job <> " + next.get(0));
        c.untilBlocked(b);
        assertThat(c.seal(1)).isEqualTo("Sealed");
        c.exhaust(1);
        assertThat(c.finish(1)).isEqualTo("Finished");
        assertThat(c.prune(1)).isEqualTo("Pruned");
        c.run("select pg_advisory_unlock(7)");
        assertThat(Session.await(look)).hasSize(1).allMatch(row -> row.isNull("state"));
    }

    /** Nor does one whose child has another segment by then, with claims of the same numbers that took fewer jobs. */
    @Test
    void aSegmentThatGoesAndAnotherOneInItsChild() {
        keyed.put(1, "w", "y", "x");
        a.complete(keyed.take(3));
        assertThat(a.rotate()).isEqualTo("Rotated");
        stopBeforeEnds();
        CompletableFuture<List<Row>> look = b.send("select state from places_held(array[places_of('x')])");
        c.untilBlocked(b);
        assertThat(c.reclaim(1)).isEqualTo("Pruned");
        keyed.put(1, "");
        a.complete(keyed.take(1));
        assertThat(c.rotate()).isEqualTo("Rotated");
        assertThat(c.number("select last_value & 255 from current_segment")).isZero();
        keyed.put(1, "z");
        Taken one = keyed.take(3);
        assertThat(one.size()).isEqualTo(1);
        a.complete(one);
        c.run("select pg_advisory_unlock(7)");
        assertThat(Session.await(look)).hasSize(1).allMatch(row -> row.isNull("state"));
    }

    /** K7: a version that does not say where its claim is, as those that were carried, is looked for by its position. */
    @Test
    void aPlaceThatDoesNotNameItsClaim() {
        keyed.put(1, "x", "x");
        Taken claim = keyed.take(1);
        a.run("update keys_0 set segment = null, no = null, ordinal = null");
        assertThat(keyed.take(5).size()).isZero();
        assertThat(keyed.open("x")).isEqualTo(1);
        a.complete(claim);
        assertThat(keyed.grant("x")).isEqualTo(1);
        assertThat(keyed.take(5).size()).isEqualTo(1);
    }

    /** K7: who comes to the place he was given, or comes to it again, writes down by which claim. */
    @Test
    void aPlaceNamesTheClaimItsJobIsIn() {
        keyed.put(1, "x", "x", "y");
        Taken first = keyed.take(3);
        assertThat(first.size()).isEqualTo(2);
        assertThat(claimOf("y")).as("the second of those that it took").isEqualTo(first.no() + " 1");
        a.complete(first);
        assertThat(keyed.grant("x")).isEqualTo(1);
        assertThat(claimOf("x")).as("granted").isEqualTo("- -");
        Taken claim = keyed.take(1);
        assertThat(claimOf("x")).isEqualTo(claim.no() + " 0");
        a.release(claim);
        Taken again = keyed.take(1);
        assertThat(again.no()).isGreaterThan(claim.no());
        assertThat(claimOf("x")).isEqualTo(again.no() + " 0");
    }

    private String claimOf(String key) {
        return a.text("select coalesce(p.no::text, '-') || ' ' || coalesce(p.ordinal::text, '-')"
                + " from places_taken(array[places_of('" + key + "')]) p");
    }

    /** From now on whoever looks at the ends of child 0 waits for lock 7, which c has. */
    private void stopBeforeEnds() {
        a.run("alter function ends_0(bigint[], bigint[], int[]) rename to ends_seen");
        a.run("create function ends_0(p_positions bigint[], p_nos bigint[], p_ordinals int[]) returns \"char\"[]"
                + " language plpgsql as 'begin perform pg_advisory_xact_lock(7); perform pg_advisory_unlock_all();"
                + " return ends_seen(p_positions, p_nos, p_ordinals); end'");
        c.run("select pg_advisory_lock(7)");
    }
}
