package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Actions against whatever competes with them, on two connections, in both orders. Of two one wins; the other one is told
 * `again` and finds, sent anew, what the winner made of the job. Afterwards everything is given back.
 */
class ActionRacesTest extends ActionCase {

    @Test
    void cancelAgainstClaim() {
        id = life().available();
        assertThat(race(Life.call("cancel", "{\"reason\":\"x\"}", id), Session.claimCall(1, 1, 5))
                        .text("status"))
                .isEqualTo("again");
        assertThat(b.claim(1).positions()).isEmpty();
        state("cancelled");
    }

    @Test
    void claimAgainstCancel() {
        id = life().available();
        assertThat(race(Session.claimCall(1, 1, 5), Life.call("cancel", "{}", id))
                        .text("result"))
                .isEqualTo("again");
        assertThat(again("cancel", "{}")).isEqualTo("done");
        state("cancelled");
    }

    @Test
    void claimThatFailsAgainstCancel() {
        id = life().available();
        assertThat(fail(Session.claimCall(1, 1, 5), Life.call("cancel", "{}", id))
                        .text("result"))
                .isEqualTo("done");
        assertThat(b.claim(1).positions()).isEmpty();
        state("cancelled");
    }

    /** D2: both sides of a claim's end pass their checks; the closure's number decides. */
    @Test
    void completeAgainstCancel() {
        Taken claim = life().running();
        id = Life.at(claim, 0);
        assertThat(race(Life.closeCall(claim, "c"), Life.call("cancel", "{}", id))
                        .text("result"))
                .isEqualTo("again");
        assertThat(again("cancel", "{}")).isEqualTo("refused");
        state("completed");
        assertThat(c.number("select count(*) from entries_0")).isZero();
    }

    @Test
    void cancelAgainstComplete() {
        Taken claim = life().running();
        id = Life.at(claim, 0);
        Row complete = race(Life.call("cancel", "{}", id), Life.closeCall(claim, "c"));
        assertThat(complete.flag("again")).isTrue();
        assertThat(b.row(Life.closeCall(claim, "c")).text("accepted")).isEqualTo("0");
        state("cancelled");
        assertThat(c.number("select count(*) from closures_0")).isEqualTo(1);
    }

    @Test
    void failAgainstCancel() {
        Taken claim = life().running();
        id = Life.at(claim, 0);
        assertThat(race(Life.closeCall(claim, "t"), Life.call("cancel", "{}", id))
                        .text("result"))
                .isEqualTo("again");
        assertThat(again("cancel", "{}")).isEqualTo("done");
        state("cancelled");
    }

    @Test
    void holdAgainstCancel() {
        Taken claim = life().running();
        id = Life.at(claim, 0);
        assertThat(race(Life.closeCall(claim, "h"), Life.call("cancel", "{}", id))
                        .text("result"))
                .isEqualTo("again");
        assertThat(again("cancel", "{}")).isEqualTo("done");
        state("cancelled");
    }

    /** The release puts the job back, and it is cancelled there. */
    @Test
    void releaseAgainstCancel() {
        Taken claim = life().running();
        id = Life.at(claim, 0);
        String release = Item.release(Session.nonce(), List.of(new Item(claim, "1", "r")));
        assertThat(race(release, Life.call("cancel", "{}", id)).text("result")).isEqualTo("again");
        assertThat(again("cancel", "{}")).isEqualTo("done");
        state("cancelled");
        assertThat(b.claim(1).positions()).isEmpty();
    }

    @Test
    void settleAgainstCancelOfAHeldJob() {
        id = life().job("running, held");
        String settle = "select * from settle(array[" + ((1L << 50) + id) + "]::bigint[], array['c'], null, null, 9)";
        assertThat(race(settle, Life.call("cancel", "{}", id)).text("result")).isEqualTo("again");
        assertThat(again("cancel", "{}")).isEqualTo("refused");
        state("completed");
    }

    @Test
    void cancelAgainstSettleOfAHeldJob() {
        id = life().job("running, held");
        String settle = "select * from settle(array[" + ((1L << 50) + id) + "]::bigint[], array['c'], null, null, 9)";
        assertThat(race(Life.call("cancel", "{}", id), settle).flag("again")).isTrue();
        assertThat(b.rows(settle)).isEmpty();
        state("cancelled");
    }

    /** D3: a job is moved or claimed, never both. */
    @Test
    void moveAgainstClaim() {
        id = life().available();
        assertThat(race(Life.call("move", "{\"priority\":2}", id), Session.claimCall(1, 1, 5))
                        .text("status"))
                .isEqualTo("again");
        Taken moved = life().claim();
        assertThat(moved.size()).isEqualTo(1);
        assertThat(moved.lane()).isNotEqualTo(1);
        state("running");
    }

    @Test
    void claimAgainstMove() {
        id = life().available();
        assertThat(race(Session.claimCall(1, 1, 5), Life.call("move", "{\"priority\":2}", id))
                        .text("result"))
                .isEqualTo("again");
        assertThat(again("move", "{\"priority\":2}")).isEqualTo("refused");
        state("running");
        assertThat(c.number("select count(*) from jobs_0")).isEqualTo(1);
    }

    @Test
    void moveAgainstPromote() {
        id = life().scheduled("interval '0'");
        assertThat(race(Life.call("move", "{\"priority\":2}", id), DUE).number("promoted"))
                .isZero();
        assertThat(b.number(DUE)).isEqualTo(1);
        assertThat(c.text("select priority from job(" + id + ")")).isEqualTo("2");
        state("available");
    }

    @Test
    void promoteAgainstMove() {
        id = life().scheduled("interval '0'");
        assertThat(race(DUE, Life.call("move", "{\"priority\":2}", id)).text("result"))
                .isEqualTo("again");
        assertThat(again("move", "{\"priority\":2}")).isEqualTo("done");
        assertThat(c.text("select priority from job(" + id + ")")).isEqualTo("2");
        state("available");
    }

    @Test
    void cancelAgainstPromote() {
        id = life().scheduled("interval '0'");
        assertThat(race(Life.call("cancel", "{}", id), DUE).number("promoted")).isZero();
        state("cancelled");
    }

    @Test
    void promoteAgainstCancel() {
        id = life().scheduled("interval '0'");
        assertThat(race(DUE, Life.call("cancel", "{}", id)).text("result")).isEqualTo("again");
        assertThat(again("cancel", "{}")).isEqualTo("done");
        state("cancelled");
    }

    /** A place it was moved away from says nothing about it, though it has been available there for as long. */
    @Test
    void movedIntoAnEarlierLaneAndCancelled() {
        Life first = life();
        id = Life.in(c, "q2").available();
        assertThat(again("move", "{\"queue\":\"q\"}")).isEqualTo("done");
        assertThat(again("move", "{\"queue\":\"q\"}")).isEqualTo("there");
        assertThat(again("cancel", "{}")).isEqualTo("done");
        state("cancelled");
        assertThat(again("retry", "{}")).isEqualTo("done");
        assertThat(first.claim().positions()).hasSize(1);
        state("running");
    }

    @Test
    void inAnOldSnapshotItIsRefused() {
        id = life().available();
        a.begin("repeatable read");
        assertThat(a.refusal(Life.call("cancel", "{}", id))).isEqualTo("25001");
        a.rollback();
    }
}
