package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * Places are given back in any order: whatever is still stored of a job's earlier ones, it never comes back to life.
 */
class ForgottenTest extends StorageTest {

    @Test
    void cancelledWhileRunningAndDeleted() {
        Life life = Life.in(a, "q");
        long id = life.job("cancelled");
        assertThat(life.act("delete", id)).isEqualTo("done");
        gone(life, id);
        giveBackTheStore();
        gone(life, id);
        Life.endAll(a);
    }

    @Test
    void cancelledWhileRunningAndKeptLongEnough() {
        Life life = Life.in(a, "q");
        a.run("update queues set keep_cancelled = interval '0'");
        long id = life.job("cancelled");
        assertThat(Life.state(a, id)).isEqualTo("cancelled");
        giveBackTheStore();
        gone(life, id);
        Life.endAll(a);
    }

    /** The segment of its second life goes first: a job of another lane still runs in that of its first one. */
    @Test
    void cancelledBroughtBackAndCompleted() {
        Life life = Life.in(a, "q");
        Life other = Life.in(a, "q2");
        Taken running = other.running();
        long id = life.job("cancelled, marked");
        assertThat(a.rotate()).isEqualTo("Rotated");
        assertThat(life.act("retry", id)).isEqualTo("done");
        assertThat(Life.state(a, id)).isEqualTo("available");
        assertThat(a.complete(life.claim()).fresh()).isEqualTo("1");
        assertThat(Life.state(a, id)).isEqualTo("completed");
        giveBackTheSecondSegment(life);
        gone(life, id);
        assertThat(a.complete(running).fresh()).isEqualTo("1");
        Life.endAll(a);
    }

    @Test
    void cancelledBroughtBackAndDeleted() {
        Life life = Life.in(a, "q");
        Life other = Life.in(a, "q2");
        Taken running = other.running();
        long id = life.job("cancelled, marked");
        assertThat(a.rotate()).isEqualTo("Rotated");
        assertThat(life.act("retry", id)).isEqualTo("done");
        assertThat(life.act("delete", id)).isEqualTo("done");
        gone(life, id);
        giveBackTheSecondSegment(life);
        gone(life, id);
        assertThat(a.complete(running).fresh()).isEqualTo("1");
        Life.endAll(a);
    }

    /** Of two who bring back a job at rest one does; the other one waits for it, and looks again. */
    @Test
    void broughtBackByTwo() {
        Life life = Life.in(a, "q");
        long id = life.job("cancelled, marked");
        b.begin();
        assertThat(b.row(Life.call("retry", "{}", id)).text("result")).isEqualTo("done");
        CompletableFuture<List<Row>> second = a.send(Life.call("retry", "{}", id));
        c.untilBlocked(a);
        b.commit();
        assertThat(second.join().get(0).text("result")).isEqualTo("again");
        assertThat(life.act("retry", id)).isEqualTo("refused");
        assertThat(life.claim().positions()).hasSize(1);
        assertThat(a.claim(5).positions()).isEmpty();
        Life.checkPlaces(a, id);
    }

    private void gone(Life life, long id) {
        assertThat(Life.state(a, id)).isEqualTo("unknown");
        for (String op : new String[] {"retry", "cancel", "delete", "move", "bury", "exhume"}) {
            assertThat(life.act(op, id)).as(op).isEqualTo("unknown");
        }
        assertThat(a.rows("select * from jobs('{\"states\":[\"cancelled\"]}', null, 100, 100000) where id = " + id))
                .isEmpty();
    }

    private void giveBackTheStore() {
        Entered.rotate(a);
        Entered.seal(a, 1);
        assertThat(Entered.finish(a, 1)).isEqualTo("Finished");
        assertThat(Entered.prune(a, 1)).isEqualTo("Pruned");
    }

    private void giveBackTheSecondSegment(Life life) {
        assertThat(a.rotate()).isEqualTo("Rotated");
        assertThat(a.seal(2)).isEqualTo("Sealed");
        for (int i = 0; i < 3; i++) {
            a.exhaust(life.lane());
        }
        assertThat(a.finish(2)).isEqualTo("Finished");
        assertThat(a.prune(2)).isEqualTo("Pruned");
    }
}
