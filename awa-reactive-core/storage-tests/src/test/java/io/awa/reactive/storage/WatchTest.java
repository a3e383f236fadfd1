package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What observers ask: whether a look at a job's last place misses nothing, what it costs, and what a TRUNCATE hides. */
class WatchTest extends StorageTest {

    private static final List<String> STATES = List.of(
            "scheduled",
            "available",
            "running",
            "running, held",
            "waiting",
            "retrying",
            "snoozed",
            "failed",
            "dead",
            "cancelled",
            "cancelled, marked");

    private static final Map<String, String> ACTIONS = new TreeMap<>(Map.of(
            "cancel", "{}",
            "cancel with a reason", "{\"reason\": \"r\"}",
            "retry", "{}",
            "retry later", "{\"delay_ms\": 60000}",
            "delete", "{}",
            "move", "{\"queue\": \"other\"}",
            "bury", "{}",
            "exhume", "{}"));

    /** W3: whoever changes anything ends the place, and a look at it alone sees that; nothing else stirs it. */
    @Test
    void everyActionInEveryStateStirs() {
        Life life = Life.in(a, "q");
        for (String state : STATES) {
            for (Map.Entry<String, String> action : ACTIONS.entrySet()) {
                long id = life.job(state);
                String look = look(id);
                assertThat(stirred(look)).as(state).isFalse();
                String op = action.getKey().split(" ", -1)[0];
                String result = a.row(Life.call(op, action.getValue(), id)).text("result");
                assertThat(stirred(look))
                        .as("%s: %s is %s", state, action.getKey(), result)
                        .isEqualTo(result.equals("done"));
                // What came back into the lane is another position of its job: out of the way.
                a.claimAll();
            }
        }
    }

    @Test
    void everyEndOfAnAttemptStirs() {
        Life life = Life.in(a, "q");
        for (String outcome : List.of("c", "t", "z", "f", "d", "x", "h", "r")) {
            long id = life.available();
            String available = look(id);
            Taken claim = life.claim();
            assertThat(stirred(available)).as("claimed").isTrue();
            String running = look(id);
            assertThat(stirred(running)).isFalse();
            if (outcome.equals("r")) {
                a.release(claim);
            } else {
                a.run(Life.closeCall(claim, outcome));
            }
            assertThat(stirred(running)).as(outcome).isTrue();
        }
        // What was released waits once more, and is claimed once more.
        String back = look(life.claim().positions().get(0));
        assertThat(stirred(back)).isFalse();
    }

    /** Of a claim with many members each is told apart, and each part of its closures counts. */
    @Test
    void membersOfOneClaimAreToldApart() {
        List<Long> ids = a.put(1, 8);
        Taken claim = a.claim(8);
        List<String> looks = ids.stream().map(this::look).toList();
        a.close(Session.nonce(), new Item(claim, claim.bits(1, 3), "c"));
        a.close(Session.nonce(), new Item(claim, claim.bits(6), "c"));
        for (int i = 0; i < 8; i++) {
            assertThat(stirred(looks.get(i))).as("member %s", i).isEqualTo(i == 1 || i == 3 || i == 6);
        }
    }

    @Test
    void aReportStirsAndIsReadOnce() {
        Life life = Life.in(a, "q");
        long id = life.job("running, held");
        String before = look(id);
        String lease = "(select lease from entries_0 where origin = " + id + ")";
        for (int seq = 1; seq <= 25; seq++) {
            a.run("select report(array[" + lease + "], array[" + seq + "]::bigint[], array['{\"percent\": " + seq
                    + "}'])");
        }
        assertThat(stirred(before)).isTrue();
        assertThat(stirred(look(id))).isFalse();
        // The newest twenty.
        assertThat(a.texts("select l.seq::text from lives(array[" + id
                        + "::bigint]) l where state = 'report' order by l.seq"))
                .hasSize(20)
                .startsWith("6")
                .endsWith("25");
    }

    /** A place that is gone with its table is stirred: its number comes never again. */
    @Test
    void whatIsGivenBackStirs() {
        Life life = Life.in(a, "q");
        long id = life.job("scheduled");
        String look = look(id);
        long done = life.available();
        String available = look(done);
        a.complete(life.claim());
        assertThat(Entered.rotate(a)).isEqualTo("Rotated");
        assertThat(Entered.reclaim(a, 1)).isEqualTo("Pruned");
        Life.endAll(a);
        assertThat(stirred(look)).isTrue();
        assertThat(stirred(available)).isTrue();
        assertThat(a.rows("select id from lives(array[" + done + "::bigint])")).isEmpty();
        assertThat(look(id)).isNotEqualTo(look);
    }

    /** W2: the copy of a carried entry is too young for a snapshot for which the old one is gone. */
    @Test
    void anAnswerThatMayHaveMetATruncateIsVoid() {
        Life life = Life.in(a, "q");
        long id = life.job("scheduled");
        String read = "select id from lives(array[" + id + "::bigint]) where id is null";
        b.begin("repeatable read");
        assertThat(b.rows(read)).isEmpty();
        assertThat(Entered.rotate(a)).isEqualTo("Rotated");
        // What b has read keeps a prune away; who has not read yet keeps none away.
        b.rollback();
        b.begin("repeatable read");
        assertThat(Entered.reclaim(a, 1)).isEqualTo("Pruned");
        assertThat(b.rows("select id from lives(array[" + id + "::bigint]) where id is not null"))
                .as("what such a snapshot shows")
                .isEmpty();
        assertThat(b.rows(read)).hasSize(1);
        b.rollback();
        assertThat(b.rows(read)).isEmpty();
        assertThat(b.rows("select id from lives(array[" + id + "::bigint])")).hasSize(1);
    }

    /** A look costs a few pages a job, whatever waits, was, or was planned when. */
    @Test
    void costsOfLooksAndReads() {
        Life life = Life.in(a, "q");
        String warm = look(life.job("available"));
        for (int i = 0; i < 8; i++) {
            stirred(warm);
            a.rows("select * from lives(array[1::bigint])");
        }
        Load.backlog(c, 100_000);
        String ids = "array(select pos from jobs_0 order by pos desc limit 1000)";
        int n = 1_000;
        assertThat(Load.buffers(a, all("a", ids, "0", "0"))).as("available").isLessThan(8L * n);
        assertThat(a.rows(all("a", ids, "0", "0"))).isEmpty();
        assertThat(Load.buffers(a, "select count(*) from lives(" + ids.replace("1000", "100") + ")"))
                .as("read of 100")
                .isLessThan(100L * 80);
        c.run(
                "insert into entries_0 (entry, origin, created_at, due_at, lane, kind, attempt, max_attempts, state, args)"
                        + " select nextval('entry_ids'), currval('entry_ids'), now(), now() + interval '1 day', 1, 1, 0, 25, 's',"
                        + " '{\"n\":1}' from generate_series(1, 100000) i");
        String entries = "array(select entry from entries_0 order by entry desc limit 1000)";
        assertThat(Load.buffers(a, all("e", entries, "0", "0"))).as("entries").isLessThan(12L * n);
        assertThat(a.rows(all("e", entries, "0", "0"))).isEmpty();
    }

    private static String all(String kind, String places, String no, String ordinal) {
        return String.format(
                Locale.ROOT,
                "select * from stirred(array_fill('%s'::text, array[1000]), array_fill(0, array[1000]), %s,"
                        + " array_fill(%s::bigint, array[1000]), array_fill(%s, array[1000]), array_fill(0::bigint, array[1000]))",
                kind,
                places,
                no,
                ordinal);
    }

    /** The question whether a job has gone on since now. */
    private String look(long id) {
        Row place = a.row("select case when l.entry is not null then 'e' when l.marked is not null then 'x'"
                + " when l.no is null then 'a' else 'r' end as kind, l.child, coalesce(l.entry, l.pos) as place,"
                + " coalesce(l.no, 0) as no, coalesce(l.ordinal, 0) as ordinal,"
                + " coalesce((select max(r.seq) from lives(array[" + id
                + "::bigint]) r where r.entry = l.entry), 0) as seq"
                + " from lives(array[" + id + "::bigint]) l where l.state is distinct from 'report'"
                + " and (l.outcome is null and l.marked is null or l.marked = 'x') limit 1");
        return "select item from stirred(array['" + place.text("kind") + "'], array[" + place.number("child")
                + "], array["
                + place.number("place") + "::bigint], array[" + place.number("no") + "::bigint], array["
                + place.number("ordinal") + "], array[" + place.number("seq") + "::bigint])";
    }

    private boolean stirred(String look) {
        return !a.rows(look).isEmpty();
    }
}
