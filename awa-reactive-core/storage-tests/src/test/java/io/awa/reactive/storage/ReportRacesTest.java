package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Reports of a held attempt against whoever ends its entry: what is answered as written is never left behind. */
class ReportRacesTest extends StorageTest {

    private static final long LEASE = 4_711;

    @BeforeEach
    void held() {
        a.run("select register_worker('w')");
        a.enqueue(1);
        Taken claim = a.claim(1);
        a.run("select * from close(array[" + claim.segment() + "]::bigint[], array[" + claim.lane() + "]::int[], array["
                + claim.no() + "]::bigint[], array[" + claim.nonce()
                + "]::bigint[], array['1'], array['h'], 1, array[1],"
                + " array[0], array['h'], null, array[" + LEASE + "]::bigint[], null)");
        assertThat(a.text(report(1))).isEqualTo("{" + LEASE + "}");
    }

    @Test
    void aReportOnItsWayIsInWhatFollows() {
        for (String ender : List.of(register(), cancel(), rescue())) {
            if (!ender.equals(register())) {
                reset();
            }
            a.begin();
            assertThat(a.text(report(2))).isEqualTo("{" + LEASE + "}");
            CompletableFuture<List<Row>> rival = b.send(ender);
            c.untilBlocked(b);
            a.commit();
            Session.await(rival);
            assertThat(newest()).as(ender).isEqualTo("2");
        }
    }

    @Test
    void aReportThatIsRolledBackIsNot() {
        a.begin();
        a.run(report(2));
        CompletableFuture<List<Row>> rival = b.send(register());
        c.untilBlocked(b);
        a.rollback();
        Session.await(rival);
        assertThat(newest()).isEqualTo("1");
    }

    @Test
    void aReportThatComesMeanwhileFindsTheAttemptWhereItStands() {
        a.begin();
        a.run(register());
        CompletableFuture<List<Row>> report = b.send(report(2));
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.await(report).get(0).text("answer")).isEqualTo("{" + LEASE + "}");
        assertThat(newest()).isEqualTo("2");
        assertThat(c.number("select count(*) from progress_0 p join endings_0 x on x.entry = p.entry where p.seq = 2"))
                .isZero();
    }

    @Test
    void aReportThatComesAfterTheEndIsOfNoUseAndSaysSo() {
        for (String ender : List.of(cancel(), rescue())) {
            reset();
            a.begin();
            a.run(ender);
            CompletableFuture<List<Row>> report = b.send(report(2));
            c.untilBlocked(b);
            a.commit();
            assertThat(Session.await(report).get(0).text("answer")).as(ender).isEqualTo("{}");
            assertThat(newest()).as(ender).isEqualTo("1");
        }
    }

    @Test
    void anEndThatIsRolledBackLeavesTheReportWhereItWas() {
        a.begin();
        a.run(cancel());
        CompletableFuture<List<Row>> report = b.send(report(2));
        c.untilBlocked(b);
        a.rollback();
        assertThat(Session.await(report).get(0).text("answer")).isEqualTo("{" + LEASE + "}");
        assertThat(newest()).isEqualTo("2");
    }

    /** An answer in a caller's transaction, however long, does not stop reports. */
    @Test
    void anAnswerFromOutsideStopsNoReports() {
        String token = a.text("select token::text from register_callback(" + LEASE + ", 900)");
        a.begin();
        a.run("select * from answer_callback('" + token + "', 'fail', null, '{}', 901, 30000)");
        assertThat(b.text(report(2))).isEqualTo("{" + LEASE + "}");
        a.rollback();
        assertThat(newest()).isEqualTo("2");
    }

    private void reset() {
        a.run("select end_entries(array[0], array(select e.entry from entries_0 e where not exists"
                + " (select from endings_0 x where x.entry = e.entry)), array['g'], " + Session.nonce() + ")");
        held();
    }

    private String register() {
        return "select token::text as answer from register_callback(" + LEASE + ", 77)";
    }

    private String cancel() {
        return "select result as answer from act('cancel', array(select origin from entries_0 e where state = 'h' and"
                + " not exists (select from endings_0 x where x.entry = e.entry)), '{}', " + Session.nonce()
                + ", false)";
    }

    private String rescue() {
        return "select r.ended::text as answer from (select e.entry from entries_0 e where state = 'h' and not exists"
                + " (select from endings_0 x where x.entry = e.entry)) y cross join lateral rescue_entries(array[0],"
                + " array[y.entry], array['crash'], array['t'], array[1], array[" + LEASE + "]::bigint[], "
                + Session.nonce() + ") r";
    }

    private static String report(int seq) {
        return "select report(array[" + LEASE + "]::bigint[], array[" + seq + "]::bigint[], array['{\"percent\": " + seq
                + "}'])::text as answer";
    }

    /** What the entry without an ending says, by itself or by its newest report. */
    private String newest() {
        return c.text("select coalesce(progress_of_0(e.entry), e.extras -> 'progress') ->> 'percent' from entries_0 e"
                + " where not exists (select from endings_0 x where x.entry = e.entry)");
    }
}
