package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Reclaiming: never waited for, never early, and the child is as good as new. */
class PruneTest extends StorageTest {

    @Test
    void retentionIsKept() {
        finished();
        assertThat(a.row("select * from prune(1, interval '1 hour')").text("outcome"))
                .isEqualTo("Idle");
        a.run("update generations set finished_at = finished_at - interval '1 hour' where segment = 1");
        assertThat(a.row("select * from prune(1, interval '1 hour')").text("outcome"))
                .isEqualTo("Pruned");
        assertThat(a.prune(1)).isEqualTo("Idle");
        assertThat(rows(0)).isZero();
        assertThat(a.number("select count(*) from exhausted")).isZero();
    }

    @Test
    void nothingUnfinishedIsPruned() {
        a.enqueue(1);
        assertThat(a.prune(1)).isEqualTo("Idle");
        Taken claim = a.claim(2);
        a.rotate();
        assertThat(a.prune(1)).isEqualTo("Idle");
        a.seal(1);
        a.exhaust(1);
        assertThat(a.prune(1)).isEqualTo("Idle");
        a.complete(claim);
        assertThat(a.prune(1)).isEqualTo("Idle");
        a.finish(1);
        a.begin();
        a.prune(1);
        a.rollback();
        assertThat(rows(0)).isPositive();
        assertThat(a.prune(1)).isEqualTo("Pruned");
    }

    /** Trap 27: each of the four tables: the prune says Blocked at once, nobody queues behind it, and the log stays clean. */
    @Test
    void aReaderBlocksIt() throws IOException {
        finished();
        long before = errors();
        for (String relation : List.of("jobs_0", "marks_0", "claims_0", "closures_0")) {
            b.begin("repeatable read");
            b.run("select count(*) from " + relation);
            a.run("set lock_timeout = '1ms'");
            Row row = a.row("select * from prune(1, interval '0')");
            assertThat(row.text("outcome")).isEqualTo("Blocked");
            assertThat(row.text("relation")).isEqualTo(relation);
            assertThat(c.number("select count(*) from pg_locks where not granted"))
                    .isZero();
            assertThat(c.number(
                            "select count(*) from pg_locks where mode = 'AccessExclusiveLock' and locktype = 'relation'"
                                    + " and relation = 'jobs_0'::regclass"))
                    .isZero();
            b.commit();
        }
        assertThat(errors()).isEqualTo(before);
        assertThat(a.prune(1)).isEqualTo("Pruned");
    }

    @Test
    void aClaimerOfTheLaneIsNoReaderOfIt() {
        finished();
        a.enqueue(1);
        b.begin();
        assertThat(b.claim(1).size()).isEqualTo(1);
        assertThat(a.prune(1)).isEqualTo("Pruned");
        b.commit();
    }

    @Test
    void theChildIsUsedAgain() {
        finished();
        assertThat(a.prune(1)).isEqualTo("Pruned");
        a.enqueue(1);
        a.rotate();
        assertThat(a.number("select child from generations where segment = 3")).isZero();
        a.enqueue(2);
        assertThat(a.cancel(4)).containsExactly(4);
        assertThat(a.claimAll()).containsExactly(3, 5);
    }

    /** Marks outlive nobody: a position is never used again, but a full table would be read for ever. */
    @Test
    void marksGoWithTheirSegment() {
        a.enqueue(3);
        a.cancel(2);
        a.complete(a.claim(3));
        a.rotate();
        assertThat(a.reclaim(1)).isEqualTo("Pruned");
        assertThat(a.number("select count(*) from marks_0")).isZero();
    }

    @Test
    void twoPruners() {
        finished();
        a.begin();
        assertThat(a.prune(1)).isEqualTo("Pruned");
        var rival = b.send("select outcome from prune(1, interval '0')");
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.await(rival).get(0).first()).isEqualTo("Idle");
    }

    @Test
    void aCloserThatComesLateHearsStale() {
        Taken claim = finished();
        b.begin("repeatable read");
        a.prune(1);
        assertThat(b.complete(claim)).isEqualTo(Answer.STALE);
        b.commit();
        assertThat(b.complete(claim)).isEqualTo(Answer.STALE);
        assertThat(b.release(claim)).isEqualTo(Answer.STALE);
    }

    private Taken finished() {
        a.enqueue(2);
        Taken claim = a.claim(3);
        a.complete(claim);
        a.rotate();
        a.seal(1);
        a.exhaust(1);
        assertThat(a.finish(1)).isEqualTo("Finished");
        return claim;
    }

    private long rows(int child) {
        return a.number("select (select count(*) from jobs_" + child + ") + (select count(*) from claims_" + child
                + ") + (select count(*) from closures_" + child + ")");
    }

    private long errors() throws IOException {
        if (!postgres().isEmbedded()) {
            return 0;
        }
        try (var lines = Files.lines(postgres().log())) {
            return lines.filter(line -> line.contains("ERROR") && line.contains("lock"))
                    .count();
        }
    }
}
