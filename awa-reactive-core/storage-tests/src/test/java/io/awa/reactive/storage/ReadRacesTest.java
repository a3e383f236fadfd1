package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * A read of one job between its two looks: where the job lives, and what is there. Only the second one reads the kinds, so
 * a lock on them stops a reader in between.
 */
class ReadRacesTest extends StorageTest {

    @Test
    void aJobThatFailsBetweenTheLooksHasItsError() {
        Taken claim = running();
        Row read = between(Life.at(claim, 0), close(claim, "f"));
        assertThat(read.text("state")).isEqualTo("failed");
        assertThat(read.text("error")).isEqualTo("E: boom");
        assertThat(read.text("reason")).isEqualTo("terminal_error");
    }

    @Test
    void aJobThatIsRetriedBetweenTheLooksIsDueAgain() {
        Taken claim = running();
        Row read = between(Life.at(claim, 0), close(claim, "t"));
        assertThat(read.text("state")).isEqualTo("retrying");
        assertThat(read.isNull("due_at")).isFalse();
    }

    @Test
    void aJobThatCompletesBetweenTheLooksIsCompleted() {
        Taken claim = running();
        assertThat(between(Life.at(claim, 0), Life.closeCall(claim, "c")).text("state"))
                .isEqualTo("completed");
    }

    @Test
    void aJobThatIsDeletedBetweenTheLooksIsUnknown() {
        for (String state : List.of("available", "scheduled")) {
            long id = Life.in(a, "q").job(state);
            assertThat(reading(id, Life.call("delete", "{}", id))).as(state).isEmpty();
        }
    }

    @Test
    void aJobThatIsCancelledBetweenTheLooksSaysWhy() {
        long id = Life.at(running(), 0);
        Row read = between(id, Life.call("cancel", "{\"reason\":\"not wanted\"}", id));
        assertThat(read.text("state")).isEqualTo("cancelled");
        assertThat(read.text("reason")).isEqualTo("not wanted");
    }

    private Taken running() {
        return Life.in(a, "q").running();
    }

    private Row between(long id, String what) {
        return reading(id, what).get(0);
    }

    private List<Row> reading(long id, String what) {
        c.begin();
        c.run("lock table kinds in access exclusive mode");
        CompletableFuture<List<Row>> reading = b.send("select state, error, reason, due_at from job(" + id + ")");
        a.untilBlocked(b);
        a.run(what);
        c.commit();
        return Session.await(reading);
    }

    private static String close(Taken claim, String outcome) {
        return "select * from close(array[" + claim.segment() + "]::bigint[], array[" + claim.lane()
                + "]::int[], array[" + claim.no() + "]::bigint[], array[" + claim.nonce() + "]::bigint[], array['1'],"
                + " array['" + outcome + "'], " + Session.nonce() + ", array[1], array[0], array['" + outcome
                + "'], null, null, array['{\"error\":{\"class\":\"E\",\"message\":\"boom\"},"
                + "\"reason\":\"terminal_error\"}'])";
    }
}
