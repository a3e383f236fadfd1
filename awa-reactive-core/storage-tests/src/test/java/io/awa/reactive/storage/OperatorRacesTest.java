package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Actions and requests against each other, and sent again. */
class OperatorRacesTest extends ActionCase {

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

    private long request() {
        return c.number("select request('{\"op\":\"delete\",\"ids\":[\"" + id + "\"]}')");
    }

    private static String apply(long request) {
        return "select * from apply_request(0, " + request + ", " + Session.nonce() + ")";
    }
}
