package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the functions of schedules promise to any number of leaders, with connections racing each other. */
class SchedulesSqlTest extends StorageTest {

    private static final String ONE = "2026-01-01T09:00:00Z";
    private static final String TWO = "2026-01-02T09:00:00Z";

    @BeforeEach
    void declare() {
        assertThat(put("0 9 * * *", "UTC", "{\"n\": 1}", null)).isEqualTo("Created");
    }

    @Test
    void aFireEnqueuesOneJobForEachTime() {
        assertThat(a.row(fire(null, ONE, TWO)).longs("answer")).hasSize(2);
        assertThat(jobs())
                .containsExactly(
                        "1 {\"n\": 1} 25 {\"meta\": {\"cron_name\": \"s\", \"cron_fire_time\": \"2026-01-01T09:00:00Z\"}}",
                        "1 {\"n\": 1} 25 {\"meta\": {\"cron_name\": \"s\", \"cron_fire_time\": \"2026-01-02T09:00:00Z\"}}");
        assertThat(lastFire()).isEqualTo(TWO);
    }

    @Test
    void tagsAndMetadataAreMergedAndCronsNamesWin() {
        put("0 9 * * *", "UTC", "{}", "{\"tags\": [\"t\"], \"meta\": {\"own\": 1, \"cron_name\": \"x\"}}");
        a.run(fire(null, ONE));
        assertThat(a.text("select (extras - 'meta')::text from jobs_0")).isEqualTo("{\"tags\": [\"t\"]}");
        assertThat(a.text("select (extras -> 'meta')::text from jobs_0"))
                .isEqualTo("{\"own\": 1, \"cron_name\": \"s\", \"cron_fire_time\": \"2026-01-01T09:00:00Z\"}");
    }

    /** The second one waits for the first one's commit, and finds the mark moved. */
    @Test
    void ofTwoLeadersOneFires() {
        a.begin();
        assertThat(a.row(fire(null, ONE)).longs("answer")).hasSize(1);
        CompletableFuture<List<Row>> second = b.send(fire(null, ONE));
        c.untilBlocked(b);
        a.commit();
        assertThat(Link.await(second).get(0).isNull("answer")).isTrue();
        assertThat(jobs()).hasSize(1);
    }

    /** The other way round: the first one rolls back, and the second one fires. */
    @Test
    void aFireThatRollsBackLeavesNothing() {
        a.begin();
        assertThat(a.row(fire(null, ONE)).longs("answer")).hasSize(1);
        CompletableFuture<List<Row>> second = b.send(fire(null, ONE));
        c.untilBlocked(b);
        a.rollback();
        assertThat(Link.await(second).get(0).longs("answer")).hasSize(1);
        assertThat(jobs()).hasSize(1);
        assertThat(lastFire()).isEqualTo(ONE);

        a.begin();
        a.run(fire(ONE, TWO));
        a.rollback();
        assertThat(jobs()).hasSize(1);
        assertThat(lastFire()).isEqualTo(ONE);
    }

    @Test
    void leadersAtOtherIsolationLevelsDoNotFireTwiceEither() {
        for (String isolation : List.of("repeatable read", "serializable")) {
            a.run("update schedules set last_fire = null");
            long before = jobs().size();
            b.begin(isolation);
            b.number("select count(*) from schedules");
            a.run(fire(null, ONE));
            assertThat(b.refusal(fire(null, ONE))).as(isolation).isEqualTo("40001");
            b.rollback();
            assertThat(jobs()).hasSize((int) before + 1);
        }
    }

    @Test
    void anOldMarkFiresNothing() {
        a.run(fire(null, ONE));
        assertThat(a.row(fire(null, TWO)).isNull("answer")).isTrue();
        assertThat(a.row(fire("2025-12-31T09:00:00Z", TWO)).isNull("answer")).isTrue();
        assertThat(a.row(fire(ONE, TWO)).longs("answer")).hasSize(1);
    }

    @Test
    void timesThatMakeNoSenseAreRefused() {
        assertThat(a.refusal(fire(TWO, ONE))).isEqualTo("22023");
        assertThat(a.refusal(fire(ONE, ONE, TWO))).isEqualTo("22023");
        assertThat(a.refusal(fire(ONE, "3000-01-01T00:00:00Z"))).isEqualTo("22023");
        assertThat(jobs()).isEmpty();
    }

    @Test
    void aPauseThatComesFirstWins() {
        a.begin();
        assertThat(a.row("select pause_schedule('s', 'ops') as x").flag("x")).isTrue();
        CompletableFuture<List<Row>> fire = b.send(fire(null, ONE));
        c.untilBlocked(b);
        a.commit();
        assertThat(Link.await(fire).get(0).isNull("answer")).isTrue();
        assertThat(jobs()).isEmpty();
        assertThat(a.rows("select * from due_schedules()")).isEmpty();
        assertThat(a.row("select pause_schedule('s', 'again') as x").isNull("x"))
                .isTrue();
        assertThat(a.text("select paused_by from schedules")).isEqualTo("ops");
    }

    @Test
    void aResumeSkipsWhatItMissed() {
        a.run("select pause_schedule('s', 'ops')");
        assertThat(a.row("select resume_schedule('s') as x").flag("x")).isTrue();
        assertThat(a.row("select resume_schedule('s') as x").isNull("x")).isTrue();
        assertThat(a.row("select last_fire <= clock_timestamp() and last_fire > clock_timestamp() - interval '1 minute'"
                                + " and after = last_fire as x from due_schedules()")
                        .flag("x"))
                .isTrue();
        assertThat(a.row(fire(null, ONE)).isNull("answer")).isTrue();
    }

    @Test
    void aRemovalAndAFireDoNotMeet() {
        String call = fire(null, ONE);
        a.begin();
        a.run("select remove_schedule('s')");
        CompletableFuture<List<Row>> fire = b.send(call);
        c.untilBlocked(b);
        a.commit();
        assertThat(Link.await(fire).get(0).isNull("answer")).isTrue();
        assertThat(jobs()).isEmpty();

        put("0 9 * * *", "UTC", "{}", null);
        b.begin();
        assertThat(b.row(fire(null, ONE)).longs("answer")).hasSize(1);
        CompletableFuture<List<Row>> removal = a.send("select remove_schedule('s') as x");
        c.untilBlocked(a);
        b.commit();
        assertThat(Link.await(removal).get(0).flag("x")).isTrue();
        assertThat(jobs()).hasSize(1);
        assertThat(a.row("select remove_schedule('s') as x").isNull("x")).isTrue();
    }

    /** What was computed for a declaration does not count for its successor, made anew or changed. */
    @Test
    void aFireBelongsToItsDeclaration() {
        long version = a.number("select version from schedules");
        put("0 10 * * *", "UTC", "{}", null);
        assertThat(a.row(fire(version, null, ONE)).isNull("answer")).isTrue();
        long changed = a.number("select version from schedules");
        a.run("select remove_schedule('s')");
        put("0 10 * * *", "UTC", "{}", null);
        assertThat(a.number("select version from schedules")).isGreaterThan(changed);
        assertThat(a.row(fire(changed, null, ONE)).isNull("answer")).isTrue();
        assertThat(jobs()).isEmpty();
    }

    @Test
    void aTriggerFiresWhilePausedAndMovesNothing() {
        a.run("select pause_schedule('s', 'ops')");
        assertThat(a.row("select * from trigger_schedule('s')").text("queue")).isEqualTo("q");
        assertThat(a.row("select * from trigger_schedule('nobody')").isNull("pos"))
                .isTrue();
        assertThat(jobs()).hasSize(1);
        assertThat(a.row(
                                "select extras -> 'meta' ->> 'cron_name' = 's' and (extras -> 'meta' -> 'cron_trigger')::boolean"
                                        + " and abs(extract(epoch from clock_timestamp()"
                                        + " - (extras -> 'meta' ->> 'cron_fire_time')::timestamptz)) < 60 as x from jobs_0")
                        .flag("x"))
                .isTrue();
        assertThat(a.row("select last_fire, paused_by from schedules").isNull("last_fire"))
                .isTrue();
    }

    @Test
    void declaringAgainKeepsThePauseAndTheMark() {
        a.run(fire(null, ONE));
        a.run("select pause_schedule('s', 'ops')");
        long version = a.number("select version from schedules");
        assertThat(put("0 9 * * *", "UTC", "{\"n\": 1}", null)).isEqualTo("Unchanged");
        assertThat(a.number("select version from schedules")).isEqualTo(version);
        String since = a.text("select since from schedules");
        assertThat(put("0 9 * * *", "UTC", "{\"n\": 2}", "{\"tags\": [\"x\"]}")).isEqualTo("Changed");
        assertThat(a.text("select since from schedules")).isEqualTo(since);
        assertThat(put("0 9 * * *", "Europe/Berlin", "{\"n\": 2}", "{\"tags\":[\"x\"]}"))
                .isEqualTo("Changed");
        assertThat(a.text("select since from schedules")).isNotEqualTo(since);
        assertThat(put("0 9 * * *", "Europe/Berlin", "{\"n\": 2}", "{\"tags\":[\"x\"]}"))
                .isEqualTo("Unchanged");
        assertThat(lastFire()).isEqualTo(ONE);
        assertThat(a.text("select paused_by from schedules")).isEqualTo("ops");
    }

    /** An old mark does not make a new expression fire for the time when it was another one. */
    @Test
    void aChangedExpressionLooksBackOneMinute() {
        a.run(fire(null, ONE));
        a.run("update schedules set since = '2025-12-01'");
        assertThat(a.row("select after = last_fire as x from due_schedules()").flag("x"))
                .isTrue();
        put("* * * * *", "UTC", "{\"n\": 1}", null);
        assertThat(a.row("select now - after between interval '60 s' and interval '90 s' as x from due_schedules()")
                        .flag("x"))
                .isTrue();
    }

    @Test
    void declarationsAtTheSameTimeAgree() {
        a.begin();
        a.run("select remove_schedule('s')");
        assertThat(put(a, "0 8 * * *", "UTC", "{}", null)).isEqualTo("Created");
        CompletableFuture<List<Row>> other = b.send(putCall("0 7 * * *", "UTC", "{}", null));
        c.untilBlocked(b);
        a.commit();
        assertThat(Link.await(other).get(0).text("answer")).isEqualTo("Changed");
        assertThat(a.texts("select cron from schedules")).containsExactly("0 7 * * *");
    }

    private String put(String cron, String zone, String args, String extras) {
        return put(a, cron, zone, args, extras);
    }

    private static String put(Session on, String cron, String zone, String args, String extras) {
        return on.row(putCall(cron, zone, args, extras)).text("answer");
    }

    private static String putCall(String cron, String zone, String args, String extras) {
        return "select put_schedule('s', '" + cron + "', '" + zone + "', 'coalesce', 1, 1, 25, '" + args + "', "
                + (extras == null ? "null" : "'" + extras + "'") + ") as answer";
    }

    private String fire(String last, String... times) {
        return fire(a.number("select coalesce(max(version), 0) from schedules"), last, times);
    }

    private static String fire(long version, String last, String... times) {
        return "select fire_schedule('s', " + version + ", " + (last == null ? "null" : "'" + last + "'") + ", '{"
                + String.join(",", times) + "}', '" + times[times.length - 1] + "') as answer";
    }

    private List<String> jobs() {
        return a.texts("select kind || ' ' || args || ' ' || max_attempts || ' ' || extras from jobs_0 order by pos");
    }

    private String lastFire() {
        return a.text("select to_char(last_fire at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') from schedules");
    }
}
