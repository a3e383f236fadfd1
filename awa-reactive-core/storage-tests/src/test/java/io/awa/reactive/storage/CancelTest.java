package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.CancelOutcome;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.job.JobId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Exactly one of cancel and claim wins, and a cancelled job is never offered. */
class CancelTest extends StorageTest {

    @Test
    void whatCannotBeCancelled() {
        a.enqueue(4);
        Taken claim = a.claim(2);
        a.close(Item.completed(claim, 0));
        assertThat(a.cancel(1, 2, 3, 9)).containsExactly(3);
        assertThat(a.cancel(1, 2, 3, 9)).isEmpty();
        assertThat(a.row("select cancel(array[5, -1, 9223372036854775807]::bigint[], 1) as answer")
                        .longs("answer"))
                .isEmpty();
        assertThat(a.claimAll()).containsExactly(4);
        assertThat(a.complete(claim).fresh()).isEqualTo("01");
    }

    @Test
    void outcomesForOperators() {
        a.enqueue(3);
        Taken claim = a.claim(1);
        Awa awa = Awa.builder(postgres().connections()).schema(schema()).build();
        JobId running = new JobId(claim.positions().get(0));
        JobId waiting = new JobId(running.value() + 1);
        JobId unknown = new JobId(running.value() + 100);
        assertThat(awa.admin().cancel(running).block(Session.PATIENCE))
                .isEqualTo(new CancelOutcome.Cancelled(running, JobState.RUNNING));
        assertThat(awa.admin().cancel(waiting).block(Session.PATIENCE))
                .isEqualTo(new CancelOutcome.Cancelled(waiting, JobState.AVAILABLE));
        assertThat(awa.admin().cancel(waiting).block(Session.PATIENCE))
                .isEqualTo(new CancelOutcome.AlreadyEnded(waiting, JobState.CANCELLED));
        assertThat(awa.admin().cancel(unknown).block(Session.PATIENCE)).isEqualTo(new CancelOutcome.Unknown(unknown));
        awa.close().block(Session.PATIENCE);
    }

    /** D3: a claimed job is not cancelled through the available branch. */
    @Test
    void cancelAgainstClaim() {
        a.enqueue(2);
        a.begin();
        assertThat(a.claim(1).seqs()).containsExactly(1);
        CompletableFuture<List<Row>> cancel = b.send(Session.cancelCall(1, 2));
        c.untilBlocked(b);
        a.commit();
        assertThat(Taken.seqs(Session.await(cancel).get(0).longs("answer"))).containsExactly(2);
        assertThat(b.claimAll()).isEmpty();
    }

    @Test
    void cancelAgainstAClaimThatRollsBack() {
        a.enqueue(2);
        a.begin();
        a.claim(2);
        CompletableFuture<List<Row>> cancel = b.send(Session.cancelCall(1));
        c.untilBlocked(b);
        a.rollback();
        assertThat(Taken.seqs(Session.await(cancel).get(0).longs("answer"))).containsExactly(1);
        assertThat(b.claimAll()).containsExactly(2);
    }

    @Test
    void claimAgainstCancel() {
        a.enqueue(2);
        a.begin();
        assertThat(a.cancel(1)).containsExactly(1);
        CompletableFuture<List<Row>> claim = b.send(Session.claimCall(1, 5, Session.nonce()));
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.await(claim).get(0).text("status")).isEqualTo("again");
        assertThat(b.claimAll()).containsExactly(2);
    }

    @Test
    void twoCancelsOfOneJob() {
        a.enqueue(2);
        a.begin();
        assertThat(a.cancel(1)).containsExactly(1);
        CompletableFuture<List<Row>> rival = b.send(Session.cancelCall(1, 2));
        c.untilBlocked(b);
        a.commit();
        assertThat(Taken.seqs(Session.await(rival).get(0).longs("answer"))).containsExactly(2);
        assertThat(b.claimAll()).isEmpty();
        b.rotate();
        assertThat(b.reclaim(1)).isEqualTo("Pruned");
    }

    @Test
    void aCancelThatRollsBack() {
        a.enqueue(2);
        a.begin();
        a.cancel(1);
        a.rollback();
        assertThat(a.claimAll()).containsExactly(1, 2);
    }

    /** Trap 25: many positions of two lanes and two segments, in opposite orders. */
    @Test
    void oppositeOrdersDoNotDeadlock() {
        int two = lane("q2", 1);
        List<Long> positions = new ArrayList<>(a.put(1, 20));
        positions.addAll(a.put(two, 20));
        a.rotate();
        positions.addAll(a.put(1, 20));
        List<Long> backwards = new ArrayList<>(positions);
        Collections.reverse(backwards);
        for (int i = 0; i < 60; i += 2) {
            CompletableFuture<List<Row>> there = a.send(call(positions.subList(i, i + 2)));
            CompletableFuture<List<Row>> back = b.send(call(backwards.subList(i, i + 2)));
            Session.await(there);
            Session.await(back);
        }
        a.begin();
        a.run(call(positions));
        CompletableFuture<List<Row>> rival = b.send(call(backwards));
        Session.await(rival);
        a.commit();
        assertThat(a.number("select (select count(*) from marks_0) + (select count(*) from marks_1)"))
                .isEqualTo(60);
        assertThat(a.claimAll()).isEmpty();
        assertThat(a.claim(2, 9, 1).status()).isNotEqualTo("ok");
    }

    @Test
    void crossingCancelsInOneCallEach() {
        int two = lane("q2", 1);
        List<Long> positions = List.of(a.put(1, 1).get(0), a.put(two, 1).get(0));
        a.begin();
        a.run(call(List.of(positions.get(0))));
        CompletableFuture<List<Row>> rival = b.send(call(List.of(positions.get(1), positions.get(0))));
        c.untilBlocked(b);
        a.run(call(List.of(positions.get(1))));
        a.commit();
        assertThat(Session.await(rival).get(0).longs("answer")).isEmpty();
    }

    @Test
    void aHoleIsUnknownUntilItCommits() {
        a.begin();
        a.enqueue(1);
        b.enqueue(1);
        b.claim(1);
        assertThat(b.cancel(1)).isEmpty();
        a.commit();
        assertThat(b.cancel(1)).containsExactly(1);
        assertThat(b.claimAll()).isEmpty();
    }

    @Test
    void aReleasedJobCanBeCancelled() {
        a.enqueue(2);
        Taken claim = a.claim(2);
        a.release(claim, 0);
        assertThat(a.cancel(1, 2)).containsExactly(1);
        assertThat(a.claimAll()).isEmpty();
        a.complete(claim);
        a.rotate();
        assertThat(a.reclaim(1)).isEqualTo("Pruned");
    }

    @Test
    void inAnOldSnapshotItIsRefused() {
        a.enqueue(1);
        a.begin("repeatable read");
        assertThat(a.refusal(Session.cancelCall(1))).isEqualTo("25001");
        a.rollback();
        assertThat(a.claimAll()).containsExactly(1);
    }

    @Test
    void manyMarksAtTheHead() {
        a.enqueue(1_000);
        assertThat(a.cancel(IntStream.rangeClosed(1, 990).toArray())).hasSize(990);
        Taken first = a.claim(1);
        assertThat(first.seqs()).containsExactly(991);
        assertThat(first.holes()).as("what is cancelled is no hole").isZero();
        assertThat(a.claimAll()).hasSize(9);
        assertThat(a.text("select old::text || young::text from claims_0 order by no desc limit 1"))
                .isEqualTo("{}{}");
    }

    private static String call(List<Long> positions) {
        return "select cancel(array" + positions + "::bigint[], " + Session.nonce() + ") as answer";
    }
}
