package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Every member ends once, whoever closes, in however many parts. */
class CloseTest extends StorageTest {

    @Test
    void partByPart() {
        Taken claim = claim(4);
        assertThat(a.close(Item.completed(claim, 0))).isEqualTo(new Answer("1000", "1000", false));
        assertThat(a.close(Item.completed(claim, 0, 2))).isEqualTo(new Answer("0010", "0010", false));
        assertThat(a.complete(claim)).isEqualTo(new Answer("0101", "0101", false));
        assertThat(a.complete(claim)).isEqualTo(new Answer("0000", "0000", false));
        once();
    }

    @Test
    void twoClosersOnOneClaim() {
        Taken claim = claim(3);
        a.begin();
        assertThat(a.close(Item.completed(claim, 0)).fresh()).isEqualTo("100");
        CompletableFuture<List<Row>> rival = b.send(Item.close(7, List.of(new Item(claim, "111", "f"))));
        c.untilBlocked(b);
        a.commit();
        assertThat(answer(rival)).isEqualTo(new Answer("000", "000", true));
        assertThat(b.close(7, new Item(claim, "111", "f"))).containsEntry(1, new Answer("011", "011", false));
        assertThat(b.number("select count(*) from entries_0 where state = 'f'")).isEqualTo(2);
        once();
    }

    @Test
    void aRivalThatRollsBack() {
        Taken claim = claim(2);
        a.begin();
        a.complete(claim);
        CompletableFuture<List<Row>> rival = b.send(Item.close(7, List.of(Item.completed(claim))));
        c.untilBlocked(b);
        a.rollback();
        assertThat(answer(rival)).isEqualTo(new Answer("11", "11", false));
        once();
    }

    /** Trap 7: the same member in several items of one call. */
    @Test
    void theSameMemberTwiceInACall() {
        Taken claim = claim(2);
        Map<Integer, Answer> answers = a.close(9, Item.completed(claim, 0), Item.completed(claim, 0, 1));
        assertThat(answers.get(1)).isEqualTo(new Answer("10", "10", false));
        assertThat(answers.get(2).fresh()).isEqualTo("00");
        assertThat(answers.get(2).again()).isTrue();
        assertThat(a.close(9, Item.completed(claim, 0, 1)).get(1)).isEqualTo(new Answer("11", "01", false));
        once();
    }

    /** Trap 7: two outcomes for one member in one flush. */
    @Test
    void twoOutcomesForOneMember() {
        Taken claim = claim(1);
        Map<Integer, Answer> answers = a.close(9, Item.completed(claim), new Item(claim, "1", "f"));
        assertThat(answers.get(1).fresh()).isEqualTo("1");
        assertThat(answers.get(2).fresh()).isEqualTo("0");
        assertThat(a.number("select count(*) from entries_0 where state = 'f'")).isZero();
        assertThat(a.row("select * from job(" + claim.positions().get(0) + ")").text("state"))
                .isEqualTo("completed");
        once();
    }

    /** Trap 21: named by the closer, not by the outcome. */
    @Test
    void aRetriedFlushHearsTheSame() {
        Taken claim = claim(3);
        Item items = new Item(claim, "110", "cf");
        assertThat(a.close(50, items)).containsEntry(1, new Answer("110", "110", false));
        assertThat(a.close(50, items)).containsEntry(1, new Answer("110", "000", false));
        assertThat(a.close(51, items)).containsEntry(1, new Answer("000", "000", false));
        assertThat(a.number("select count(*) from entries_0 where state = 'f'")).isEqualTo(1);
        assertThat(a.number("select sum(attempt) from entries_0 where state = 'f'"))
                .isEqualTo(1);
        once();
    }

    /** Trap 7: a closer whose snapshot is older than another's closure. */
    @Test
    void anOldSnapshotNeverEndsTwice() {
        Taken claim = claim(2);
        a.begin("repeatable read");
        a.run("select count(*) from closures_0");
        b.close(Item.completed(claim, 0));
        assertThat(a.refusal(Item.close(5, List.of(Item.completed(claim))))).isEqualTo("40001");
        a.rollback();
        a.begin("serializable");
        a.run("select count(*) from closures_0");
        b.close(Item.completed(claim, 1));
        assertThat(a.refusal(Item.close(5, List.of(Item.completed(claim, 1))))).isEqualTo("40001");
        a.rollback();
        assertThat(a.complete(claim).accepted()).isEqualTo("00");
        once();
    }

    @Test
    void anOldSnapshotThatSeesNoClaimHearsStale() {
        a.enqueue(1);
        a.begin("repeatable read");
        Taken claim = b.claim(1);
        assertThat(a.complete(claim)).isEqualTo(Answer.STALE);
        a.commit();
        assertThat(a.complete(claim).fresh()).isEqualTo("1");
    }

    /** Trap 25: two flushes over the same claims in opposite orders wait for each other, but not in a circle. */
    @Test
    void flushesInOppositeOrders() {
        a.enqueue(4);
        List<Taken> claims = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            claims.add(a.claim(1));
            if (i == 1) {
                a.rotate();
                a.enqueue(2);
            }
        }
        a.begin();
        a.close(1, Item.completed(claims.get(1)));
        Item[] backwards = {
            Item.completed(claims.get(3)),
            Item.completed(claims.get(2)),
            Item.completed(claims.get(1)),
            Item.completed(claims.get(0))
        };
        CompletableFuture<List<Row>> rival = b.send(Item.close(2, List.of(backwards)));
        c.untilBlocked(b);
        CompletableFuture<List<Row>> mine = a.send(Item.close(1, List.of(Item.completed(claims.get(3)))));
        assertThat(answer(mine).fresh()).isEqualTo("1");
        a.commit();
        Map<Integer, Answer> answers = Session.answers(Session.await(rival));
        assertThat(answers.get(1).again()).isTrue();
        assertThat(answers.get(2).fresh()).isEqualTo("1");
        assertThat(answers.get(3).again()).isTrue();
        assertThat(answers.get(4).fresh()).isEqualTo("1");
        once();
    }

    /** Trap 18: 1,024 claims of one member in one flush. */
    @Test
    void thousandsOfSmallClaims() {
        a.enqueue(1_024);
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < 1_024; i++) {
            items.add(Item.completed(a.claim(1)));
        }
        b.begin();
        Map<Integer, Answer> answers = b.close(3, items.toArray(Item[]::new));
        assertThat(answers).hasSize(1_024);
        assertThat(answers.values()).allMatch(answer -> answer.fresh().equals("1"));
        assertThat(c.number("select count(*) from pg_locks where pid = " + b.pid()))
                .isLessThan(40);
        b.commit();
        a.rotate();
        assertThat(a.reclaim(1)).isEqualTo("Pruned");
    }

    @Test
    void failedMembersOutliveTheSegment() {
        a.put(1, 1);
        a.run("select enqueue(array[1], array[1], array[7], array['{\"x\" : 1}'], array['{\"tags\":[\"t\"]}'])");
        Taken claim = a.claim(2);
        a.close(new Item(claim, "11", "cf"));
        a.rotate();
        assertThat(a.reclaim(1)).isEqualTo("Pruned");
        assertThat(a.rows("select * from job(" + claim.positions().get(0) + ")"))
                .isEmpty();
        Row failed = a.row("select * from job(" + claim.positions().get(1) + ")");
        assertThat(failed.text("state")).isEqualTo("failed");
        assertThat(failed.text("error")).isEqualTo("boom");
        assertThat(failed.text("args")).isEqualTo("{\"x\" : 1}");
        assertThat(failed.text("extras")).contains("\"tags\": [\"t\"]", "\"message\": \"boom\"");
        assertThat(failed.number("attempt")).isEqualTo(1);
        assertThat(failed.number("max_attempts")).isEqualTo(7);
    }

    @Test
    void mixedOutcomesOverManyClaims() {
        a.enqueue(9);
        Taken one = a.claim(4);
        a.rotate();
        a.enqueue(1);
        Taken two = a.claim(5);
        a.close(4, new Item(two, "01000", "f"));
        Map<Integer, Answer> answers = a.close(5, new Item(two, "11110", "cfcf"), new Item(one, "1111", "fccf"));
        assertThat(answers.get(1)).isEqualTo(new Answer("10110", "10110", false));
        assertThat(answers.get(2).fresh()).isEqualTo("1111");
        assertThat(states(one)).containsExactly("failed", "completed", "completed", "failed");
        assertThat(states(two)).containsExactly("completed", "failed", "completed", "failed", "running");
        once();
    }

    private Taken claim(int n) {
        a.enqueue(n);
        return a.claim(n);
    }

    private List<String> states(Taken claim) {
        return claim.positions().stream()
                .map(p -> a.row("select * from job(" + p + ")").text("state"))
                .toList();
    }

    private static Answer answer(CompletableFuture<List<Row>> call) {
        return Session.answers(Session.await(call)).get(1);
    }

    /** No ordinal of a claim is in two parts. */
    private void once() {
        assertThat(a.number("select count(*) from closures_0 x join closures_0 y on x.lane = y.lane and x.no = y.no"
                        + " and x.part < y.part and bit_count(x.members & y.members) > 0"))
                .isZero();
    }
}
