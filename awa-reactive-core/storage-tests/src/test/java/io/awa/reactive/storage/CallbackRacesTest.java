package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Held attempts and their callbacks on two connections: of all that end one attempt, one does. */
class CallbackRacesTest extends StorageTest {

    private static final long LEASE = 4_711;
    private static final long LONG = 600_000;

    private Taken claim;
    private CompletableFuture<List<Row>> sent;

    @BeforeEach
    void claimed() {
        a.run("select register_worker('w')");
        a.enqueue(1);
        claim = a.claim(1);
    }

    @Test
    void holdAgainstComplete() {
        race(hold(1), end("c", 2), "Held wins", "h");
        newJob();
        race(end("c", 3), hold(4), "completed wins", "c");
    }

    @Test
    void holdAgainstCloseByRescue() {
        race(hold(1), end("t", 2), "held wins", "h");
        newJob();
        race(end("t", 3), hold(4), "rescued wins", "t");
    }

    @Test
    void aHoldSentAgainIsAcceptedAndOneEntry() {
        a.run(hold(1));
        assertThat(a.row(hold(1)).text("accepted")).isEqualTo("1");
        assertThat(entries()).containsExactly("h");
        // The claim's own end comes too late.
        assertThat(a.row(end("c", 2)).text("accepted")).isEqualTo("0");
    }

    @Test
    void settleAgainstSettle() {
        a.run(hold(1));
        a.begin();
        a.run(settle("c", 2));
        sent = b.send(settle("f", 3));
        a.untilBlocked(b);
        a.commit();
        Row lost = Link.await(sent).get(0);
        assertThat(lost.flag("accepted")).isFalse();
        assertThat(lost.flag("again")).isTrue();
        // In a new transaction it sees that the lease is gone.
        assertThat(b.rows(settle("f", 3))).isEmpty();
        assertThat(a.row(settle("c", 2)).flag("accepted")).isTrue();
        assertThat(entries()).isEmpty();
    }

    @Test
    void aSettleThatIsRolledBackLeavesTheAttemptToTheOther() {
        a.run(hold(1));
        a.begin();
        a.run(settle("c", 2));
        sent = b.send(settle("f", 3));
        a.untilBlocked(b);
        a.rollback();
        assertThat(Link.await(sent).get(0).flag("accepted")).isTrue();
        assertThat(entries()).containsExactly("f");
    }

    @Test
    void aParkedAttemptKeepsItsLeaseForItsWorker() {
        a.run(hold(1));
        token();
        assertThat(a.row(settle("w", 2)).flag("accepted")).isTrue();
        assertThat(entries()).containsExactly("w");
        assertThat(a.row(settle("z", 3)).flag("accepted")).isTrue();
        assertThat(a.number("select attempt from entries_0 where state = 'z'")).isZero();
    }

    @Test
    void registerWithAStaleLease() {
        assertThat(a.row("select * from register_callback(" + LEASE + ", 5)").isNull("token"))
                .isTrue();
        a.run(hold(1));
        a.run(settle("c", 2));
        assertThat(a.row("select * from register_callback(" + LEASE + ", 6)").isNull("token"))
                .isTrue();
    }

    @Test
    void registerAgainstAnEnd() {
        a.run(hold(1));
        a.begin();
        a.run(settle("c", 2));
        sent = b.send("select * from register_callback(" + LEASE + ", 5)");
        a.untilBlocked(b);
        a.commit();
        Row met = Link.await(sent).get(0);
        assertThat(met.flag("again")).isTrue();
        assertThat(b.row("select * from register_callback(" + LEASE + ", 5)").isNull("token"))
                .isTrue();
    }

    @Test
    void registerSentAgainAnswersTheSameToken() {
        a.run(hold(1));
        String token = token();
        assertThat(a.text("select token::text from register_callback(" + LEASE + ", 900)"))
                .isEqualTo(token);
        assertThat(entries()).containsExactly("h");
    }

    @Test
    void aLaterTokenTakesThePlaceOfAnEarlierOne() {
        a.run(hold(1));
        String first = token();
        String second = a.text("select token::text from register_callback(" + LEASE + ", 901)");
        assertThat(second).isNotEqualTo(first);
        assertThat(status(first, "complete", 902)).isEqualTo("ended");
        assertThat(status(second, "complete", 903)).isEqualTo("done");
    }

    @Test
    void completeAgainstEverythingElse() {
        for (String other : List.of("complete", "fail", "retry", "resume", "extend")) {
            newJob();
            String token = parked();
            a.begin();
            a.run(answer(token, "complete", 10));
            sent = b.send(answer(token, other, 11));
            a.untilBlocked(b);
            a.commit();
            Row lost = Link.await(sent).get(0);
            assertThat(lost.text("status")).as(other).isEqualTo("ended");
            assertThat(lost.text("state")).isEqualTo("c");
            assertThat(status(token, "complete", 10)).as("sent again").isEqualTo("done");
        }
    }

    @Test
    void everythingElseAgainstComplete() {
        for (String first : List.of("fail", "retry", "resume")) {
            newJob();
            String token = parked();
            a.begin();
            a.run(answer(token, first, 10));
            sent = b.send(answer(token, "complete", 11));
            a.untilBlocked(b);
            a.commit();
            assertThat(Link.await(sent).get(0).text("status")).as(first).isEqualTo("ended");
        }
        // An extended wait is still one: the answer that met it finds the wait that followed.
        newJob();
        String token = parked();
        a.begin();
        a.run(answer(token, "extend", 10));
        sent = b.send(answer(token, "complete", 11));
        a.untilBlocked(b);
        a.commit();
        assertThat(Link.await(sent).get(0).text("status")).isEqualTo("done");
        assertThat(entries()).isEmpty();
    }

    @Test
    void anAnswerThatIsRolledBackLeavesTheWaitToTheOther() {
        String token = parked();
        a.begin();
        a.run(answer(token, "fail", 10));
        sent = b.send(answer(token, "resume", 11));
        a.untilBlocked(b);
        a.rollback();
        assertThat(Link.await(sent).get(0).text("status")).isEqualTo("done");
        assertThat(entries()).containsExactly("z");
    }

    @Test
    void anEarlyAnswerAgainstTheHandlersEnd() {
        a.run(hold(1));
        String token = token();
        a.begin();
        a.run(answer(token, "complete", 10));
        sent = b.send(settle("t", 11));
        a.untilBlocked(b);
        a.commit();
        assertThat(Link.await(sent).get(0).flag("accepted")).isFalse();
        assertThat(b.rows(settle("t", 11))).isEmpty();

        newJob();
        a.run(hold(12));
        String next = token(13);
        a.begin();
        a.run(settle("t", 14));
        sent = b.send(answer(next, "complete", 15));
        a.untilBlocked(b);
        a.commit();
        assertThat(Link.await(sent).get(0).text("status")).isEqualTo("ended");
    }

    @Test
    void aTimeoutAgainstComplete() {
        String token = parked();
        a.begin();
        a.run("select end_entries(array[0], array(select entry from entries_0 where state = 'w'), array['t'], 20)");
        sent = b.send(answer(token, "complete", 21));
        a.untilBlocked(b);
        a.commit();
        assertThat(Link.await(sent).get(0).text("status")).isEqualTo("ended");
    }

    @Test
    void aHeartbeatAfterTheTimeIsTooLateAndSoIsEverything() {
        a.run(hold(1));
        String token = token();
        a.run("select * from settle(array[" + LEASE
                + "]::bigint[], array['w'], array[1]::bigint[], array[null]::text[], 2)");
        a.run("select pg_sleep(0.01)");
        for (String action : List.of("extend", "complete", "fail", "retry", "resume")) {
            assertThat(status(token, action, 30)).as(action).isEqualTo("late");
        }
        assertThat(entries()).containsExactly("w");
    }

    @Test
    void inRepeatableReadTheLoserHearsOfItAsAnError() {
        String token = parked();
        b.begin("repeatable read");
        a.run(answer(token, "complete", 10));
        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> b.run(answer(token, "fail", 11))))
                .hasMessageContaining("serialize");
        b.rollback();
    }

    /** TRUNCATE empties the store of an older snapshot, which does not show the copy in the next one either. */
    @Test
    void inRepeatableReadACarriedAttemptIsNotTakenForUnknown() {
        String token = parked();
        b.begin("repeatable read");
        b.run("select 1");
        assertThat(Entered.rotate(a)).isEqualTo("Rotated");
        assertThat(Entered.reclaim(a, 1)).isEqualTo("Pruned");
        assertThat(b.refusal(answer(token, "complete", 10))).isEqualTo("40001");
        b.rollback();
        b.begin("repeatable read");
        assertThat(b.row(answer(token, "complete", 10)).text("status")).isEqualTo("done");
        b.commit();
        assertThat(Entered.live(a)).isEmpty();
    }

    /** The same where the older store still shows that its entry was moved. */
    @Test
    void inRepeatableReadAnAttemptCarriedTwiceIsNotTakenForEnded() {
        String token = parked();
        Entered.rotate(a);
        Entered.seal(a, 1);
        Entered.carry(a, 1);
        b.begin("repeatable read");
        b.run("select 1");
        Entered.rotate(a);
        assertThat(Entered.reclaim(a, 2)).isEqualTo("Pruned");
        assertThat(b.refusal(answer(token, "complete", 10))).isEqualTo("40001");
        b.rollback();
        assertThat(status(token, "complete", 11)).isEqualTo("done");
    }

    @Test
    void aResumedAttemptTakesItsTokenOff() {
        a.run(hold(1));
        String token = token();
        a.run("update workers set beat_at = clock_timestamp()");
        a.run("select * from settle(array[" + LEASE + "]::bigint[], array['w'], array[" + LONG
                + "]::bigint[], array['{\"callback\": {\"awaited\": true}}'], 2)");
        Row resumed = a.row(answer(token, "resume", 3));
        assertThat(resumed.text("status") + resumed.text("state")).isEqualTo("doneh");
        assertThat(a.text("select state::text || ' ' || coalesce(result, '-') from standing(array[" + LEASE
                        + "]::bigint[])"))
                .isEqualTo("h {\"n\": 1}");
        assertThat(status(token, "resume", 4)).isEqualTo("ended");
        assertThat(status(token, "complete", 5)).isEqualTo("ended");
        assertThat(a.row(settle("c", 6)).flag("accepted")).isTrue();
    }

    @Test
    void aReportOfAnAttemptThatIsOverIsOfNoUse() {
        a.run(hold(1));
        assertThat(report(1)).isEqualTo("{" + LEASE + "}");
        assertThat(report(1)).isEqualTo("{" + LEASE + "}");
        assertThat(a.number("select count(*) from progress_0")).isEqualTo(1);
        a.run(settle("t", 2));
        assertThat(report(2)).isEqualTo("{}");
        assertThat(a.text("select extras #>> '{progress,percent}' from entries_0 where state = 't'"))
                .isEqualTo("1");
    }

    private String report(int seq) {
        return a.text("select report(array[" + LEASE + "]::bigint[], array[" + seq
                + "]::bigint[], array['{\"percent\": " + seq + "}'])::text");
    }

    // --- the calls

    private void race(String first, String second, String what, String state) {
        a.begin();
        assertThat(a.row(first).text("accepted")).as(what).isEqualTo("1");
        sent = b.send(second);
        a.untilBlocked(b);
        a.commit();
        Row lost = Link.await(sent).get(0);
        assertThat(lost.text("accepted")).as(what).isEqualTo("0");
        assertThat(lost.flag("again")).as(what).isTrue();
        assertThat(b.row(second).text("accepted")).as("in a new transaction").isEqualTo("0");
        assertThat(entries()).isEqualTo(state.equals("c") ? List.of() : List.of(state));
    }

    private void newJob() {
        a.run(
                "select end_entries(array_fill(0, array[cardinality(e)]), e, array_fill('g'::text, array[cardinality(e)]), -1)"
                        + " from (select array_agg(entry) as e from entries_0 t"
                        + " where not exists (select from endings_0 x where x.entry = t.entry)) y where e is not null");
        a.enqueue(1);
        claim = a.claim(1);
    }

    private String parked() {
        a.run(hold(Session.nonce()));
        String token = token(Session.nonce());
        a.run("select * from settle(array[" + LEASE + "]::bigint[], array['w'], array[" + LONG
                + "]::bigint[], array[null]::text[], " + Session.nonce() + ")");
        return token;
    }

    private String token() {
        return token(900);
    }

    private String token(long closer) {
        return a.text("select token::text from register_callback(" + LEASE + ", " + closer + ")");
    }

    private String hold(long closer) {
        return closing("h", closer, "array[" + LEASE + "]::bigint[]");
    }

    private String end(String outcome, long closer) {
        return closing(outcome, closer, "null");
    }

    private String closing(String outcome, long closer, String leases) {
        String sides = outcome.equals("c")
                ? "null, null, null, null, null, null"
                : "array[1], array[0], array['" + outcome + "'], null, " + leases + ", null";
        return "select * from close(array[" + claim.segment() + "]::bigint[], array[" + claim.lane()
                + "]::int[], array["
                + claim.no() + "]::bigint[], array[" + claim.nonce() + "]::bigint[], array['1'], array['" + outcome
                + "'], " + closer + ", " + sides + ")";
    }

    private static String settle(String outcome, long closer) {
        return "select * from settle(array[" + LEASE + "]::bigint[], array['" + outcome
                + "'], array[600000]::bigint[], array[null]::text[], " + closer + ")";
    }

    private static String answer(String token, String action, long closer) {
        String detail = action.equals("resume")
                ? "'{\"callback\": {\"payload\": {\"n\": 1}}}'"
                : action.equals("fail") || action.equals("retry") ? "'{\"error\": {\"message\": \"x\"}}'" : "null";
        String delay = action.equals("extend") ? String.valueOf(LONG) : "null";
        return "select status, state::text from answer_callback('" + token + "', '" + action + "', " + delay + ", "
                + detail + ", " + closer + ", 30000)";
    }

    private String status(String token, String action, long closer) {
        return a.row(answer(token, action, closer)).text("status");
    }

    /** States of the entries that have no ending. */
    private List<String> entries() {
        return a
                .rows("select e.state::text as s from entries_0 e"
                        + " where not exists (select from endings_0 x where x.entry = e.entry) order by e.entry")
                .stream()
                .map(row -> row.text("s"))
                .toList();
    }
}
