package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Actions against whatever competes with them, on two connections, in both orders. Of two one wins; the other one is told
 * `again` and finds, sent anew, what the winner made of the job. Afterwards everything is given back.
 */
class ActionRacesTest extends StorageTest {

    private static final String DUE = "select promoted from promote(0, null, 10, 1)";

    private long id;

    /** The first commits while the second waits for it. Answers what the second one was told. */
    private Row race(String first, String second) {
        a.begin();
        a.run(first);
        CompletableFuture<List<Row>> rival = b.send(second);
        c.untilBlocked(b);
        a.commit();
        return Session.await(rival).get(0);
    }

    /** The first rolls back while the second waits for it. */
    private Row fail(String first, String second) {
        a.begin();
        a.run(first);
        CompletableFuture<List<Row>> rival = b.send(second);
        c.untilBlocked(b);
        a.rollback();
        return Session.await(rival).get(0);
    }

    private void state(String expected) {
        assertThat(Life.state(c, id)).isEqualTo(expected);
        Life.checkPlaces(c, id);
    }

    private String again(String op, String options) {
        return b.row(Life.call(op, options, id)).text("result");
    }

    @AfterEach
    void everythingIsGivenBack() {
        Life.endAll(c);
    }

    private Life life() {
        return Life.in(c, "q");
    }

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

    @Test
    void retryNowAgainstPromote() {
        id = life().scheduled("interval '0'");
        assertThat(race(Life.call("retry", "{}", id), DUE).number("promoted")).isZero();
        assertThat(b.number(DUE)).isEqualTo(1);
        state("available");
    }

    @Test
    void retryAgainstRetry() {
        for (String from : List.of("dead", "cancelled", "cancelled, marked")) {
            id = life().job(from);
            assertThat(race(Life.call("retry", "{}", id), Life.call("retry", "{}", id))
                            .text("result"))
                    .as(from)
                    .isEqualTo("again");
            assertThat(again("retry", "{}")).as(from).isEqualTo("refused");
            state("available");
            assertThat(c.number(
                            "select count(*) from positions_of(" + id + ") where marked is null and outcome is null"))
                    .isEqualTo(1);
            c.run(Life.call("cancel", "{\"reason\":\"done with\"}", id));
        }
    }

    @Test
    void retryThatFailsAgainstRetry() {
        for (String from : List.of("dead", "cancelled, marked")) {
            id = life().job(from);
            assertThat(fail(Life.call("retry", "{}", id), Life.call("retry", "{}", id))
                            .text("result"))
                    .as(from)
                    .isEqualTo("done");
            state("available");
            c.run(Life.call("cancel", "{\"reason\":\"done with\"}", id));
        }
    }

    @Test
    void deleteAgainstRetry() {
        id = life().job("dead");
        assertThat(race(Life.call("delete", "{}", id), Life.call("retry", "{}", id))
                        .text("result"))
                .isEqualTo("again");
        assertThat(again("retry", "{}")).isEqualTo("unknown");
        state("unknown");
    }

    @Test
    void retryAgainstDelete() {
        id = life().job("failed");
        assertThat(race(Life.call("retry", "{}", id), Life.call("delete", "{}", id))
                        .text("result"))
                .isEqualTo("again");
        assertThat(again("delete", "{}")).isEqualTo("done");
        state("unknown");
        assertThat(b.claim(1).positions()).isEmpty();
    }

    @Test
    void buryAgainstRetry() {
        id = life().job("failed");
        assertThat(race(Life.call("bury", "{}", id), Life.call("retry", "{}", id))
                        .text("result"))
                .isEqualTo("again");
        state("dead");
        assertThat(again("retry", "{}")).isEqualTo("done");
        state("available");
    }

    @Test
    void cancelAgainstMoveAndTheOtherWayRound() {
        id = life().available();
        assertThat(race(Life.call("cancel", "{}", id), Life.call("move", "{\"priority\":2}", id))
                        .text("result"))
                .isEqualTo("again");
        assertThat(again("move", "{\"priority\":2}")).isEqualTo("refused");
        state("cancelled");
        id = life().available();
        assertThat(race(Life.call("move", "{\"priority\":2}", id), Life.call("cancel", "{}", id))
                        .text("result"))
                .isEqualTo("again");
        assertThat(again("cancel", "{}")).isEqualTo("done");
        state("cancelled");
    }

    @Test
    void requestAgainstDirectAction() {
        id = life().job("dead");
        long request = request();
        assertThat(race(apply(request), Life.call("retry", "{}", id)).text("result"))
                .isEqualTo("again");
        assertThat(again("retry", "{}")).isEqualTo("unknown");
        state("unknown");
    }

    @Test
    void directActionAgainstRequest() {
        id = life().job("dead");
        long request = request();
        Row told = race(Life.call("retry", "{}", id), apply(request));
        assertThat(told.text("status")).isEqualTo("again");
        assertThat(c.text("select request_state(" + request + ")")).isEqualTo("pending");
        assertThat(b.row(apply(request)).text("status")).isEqualTo("done");
        assertThat(c.text("select request_state(" + request + ")")).isEqualTo("applied");
        state("unknown");
    }

    @Test
    void aRequestIsAppliedOnce() {
        id = life().job("dead");
        long request = request();
        assertThat(race(apply(request), apply(request)).text("status")).isEqualTo("gone");
        id = life().job("dead");
        request = request();
        assertThat(fail(apply(request), apply(request)).text("status")).isEqualTo("done");
        state("unknown");
    }

    /** Many jobs in opposite orders: all go through in one order. */
    @Test
    void manyJobsInOppositeOrders() {
        Life two = Life.in(c, "q2");
        long[] there = new long[20];
        long[] back = new long[20];
        String[] states = {"available", "scheduled", "running", "dead"};
        for (int i = 0; i < 20; i++) {
            there[i] = (i % 2 == 0 ? life() : two).job(states[i % 4]);
            back[19 - i] = there[i];
        }
        a.begin();
        a.run(Life.call("cancel", "{}", there));
        CompletableFuture<List<Row>> rival = b.send(Life.call("cancel", "{}", back));
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.await(rival)).noneMatch(row -> row.text("result").equals("done"));
        assertThat(b.rows(Life.call("cancel", "{}", back)))
                .allMatch(row -> row.text("result").equals("refused"));
        id = there[0];
    }

    /** A call whose answer was lost tells what it did; another one is told what it finds. */
    @Test
    void lostAnswers() {
        for (String from : List.of("available", "running", "running, held", "scheduled")) {
            id = life().job(from);
            long closer = Session.nonce();
            assertThat(a.row(Life.call("cancel", "{}", closer, false, id)).text("result"))
                    .isEqualTo("done");
            assertThat(a.row(Life.call("cancel", "{}", closer, true, id)).text("result"))
                    .as(from)
                    .isEqualTo("done");
            assertThat(a.row(Life.call("cancel", "{}", Session.nonce(), true, id))
                            .text("result"))
                    .as(from)
                    .isEqualTo("refused");
        }
        id = life().job("dead");
        long closer = Session.nonce();
        a.run(Life.call("retry", "{}", closer, false, id));
        assertThat(a.row(Life.call("retry", "{}", closer, true, id)).text("result"))
                .isEqualTo("done");
        state("available");
        a.run(Life.call("move", "{\"priority\":4}", closer, false, id));
        assertThat(a.row(Life.call("move", "{\"priority\":4}", closer, true, id))
                        .text("result"))
                .isEqualTo("done");
        assertThat(c.number("select count(*) from positions_of(" + id + ") where marked is null and outcome is null"))
                .isEqualTo(1);
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

    private long request() {
        return c.number("select request('{\"op\":\"delete\",\"ids\":[\"" + id + "\"]}')");
    }

    private static String apply(long request) {
        return "select * from apply_request(0, " + request + ", " + Session.nonce() + ")";
    }
}
