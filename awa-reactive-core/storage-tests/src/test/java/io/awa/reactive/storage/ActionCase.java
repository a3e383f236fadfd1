package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;

/** What races of actions share: a job, and two rivals of which the second one waits for the first. */
abstract class ActionCase extends StorageTest {

    static final String DUE = "select promoted from promote(0, clock_timestamp(), null, null, 10, 1)";

    long id;

    /** The first commits while the second waits for it. Answers what the second one was told. */
    Row race(String first, String second) {
        a.begin();
        a.run(first);
        CompletableFuture<List<Row>> rival = b.send(second);
        c.untilBlocked(b);
        a.commit();
        return Session.await(rival).get(0);
    }

    /** The first rolls back while the second waits for it. */
    Row fail(String first, String second) {
        a.begin();
        a.run(first);
        CompletableFuture<List<Row>> rival = b.send(second);
        c.untilBlocked(b);
        a.rollback();
        return Session.await(rival).get(0);
    }

    void state(String expected) {
        assertThat(Life.state(c, id)).isEqualTo(expected);
        Life.checkPlaces(c, id);
    }

    String again(String op, String options) {
        return b.row(Life.call(op, options, id)).text("result");
    }

    @AfterEach
    void everythingIsGivenBack() {
        Life.endAll(c);
    }

    Life life() {
        return Life.in(c, "q");
    }
}
