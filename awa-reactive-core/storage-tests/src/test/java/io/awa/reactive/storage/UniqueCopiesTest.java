package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Key and mask of a unique job are in every row that is made of it, on one life through all that copy rows; whether they
 * stand in columns, or in its extras, where versions before V010 wrote them.
 */
class UniqueCopiesTest extends StorageTest {

    private static final int KEY = 7;
    private static final int EVERYWHERE = 1023;
    private static final int HOUR = 3_600_000;

    private boolean earlier;
    private long job;
    private long rows;
    private int leases;

    @ParameterizedTest(name = "written by an earlier version: {0}")
    @ValueSource(booleans = {false, true})
    void keyAndMaskAreInEveryRow(boolean earlier) {
        this.earlier = earlier;
        Keyed keyed = new Keyed(a);
        keyed.put(1, "shared");
        Taken first = keyed.take(1);
        Ask stored = Ask.of(a.rows("select ids[1] as id, fates[1] as fate from submit(array[1], array[1], array[25],"
                + " array['{}'], array['{\"concurrency_key\": \"shared\"}'], null, null, array['" + Ask.key(KEY)
                + "']::uuid[], array[" + EVERYWHERE + "], true, false)"));
        assertThat(stored.stored()).isTrue();
        job = stored.id();
        copied("stored", 1);
        assertThat(keyed.take(1).size()).isZero();
        copied("waits for its concurrency key", 1);
        a.complete(first);
        assertThat(keyed.grant("shared")).isEqualTo(1);
        copied("granted", 1);

        Lives.end(a, take(), 't', 0);
        copied("retrying", 1);
        assertThat(Lives.promote(a, 0)).isEqualTo(1);
        copied("promoted", 1);
        Lives.end(a, take(), 'z', 0);
        assertThat(Lives.promote(a, 0)).isEqualTo(1);
        copied("snoozed and promoted", 2);
        a.release(take());
        settle(hold(), "t", 0);
        assertThat(Lives.promote(a, 0)).isEqualTo(1);
        copied("released, held, retrying, promoted", 3);

        act("move", "{\"priority\": 2}");
        copied("moved", 1);
        act("cancel", "{}");
        act("retry", "{}");
        copied("cancelled in its lane, retried", 1);
        act("cancel", "{\"reason\": \"test\"}");
        act("retry", "{\"delay_ms\": " + HOUR + "}");
        copied("cancelled with a reason, scheduled", 2);
        act("retry", "{}");
        assertThat(Lives.promote(a, 0)).isEqualTo(1);
        copied("due now, promoted", 2);
        Lives.end(a, take(), 'f', null);
        act("bury", "{}");
        act("exhume", "{}");
        act("retry", "{}");
        copied("failed, dead, failed, retried", 4);

        long lease = hold();
        settle(lease, "w", HOUR);
        Lives.rotateStore(b, 2, 1);
        assertThat(Entered.reclaim(b, 1)).isEqualTo("Pruned");
        rows = rows();
        assertThat(Ask.job(b, KEY)).as("parked, carried").isEqualTo(new Ask(1, job));
        settle(lease, "d", null);
        copied("dead", 1);
        act("retry", "{}");
        copied("retried", 1);
        assertThat(a.rotate()).isEqualTo("Rotated");
        a.complete(take());
        assertThat(Ask.job(b, KEY)).as("completed").isEqualTo(new Ask(1, job));
    }

    private void copied(String what, int times) {
        long now = rows();
        assertThat(now - rows).as(what + ": rows").isEqualTo(times);
        rows = now;
        assertThat(Ask.job(b, KEY)).as(what).isEqualTo(new Ask(1, job));
        Row shown =
                b.row("select extras::jsonb #>> '{unique,key}' as key, extras::jsonb #>> '{unique,states}' as states"
                        + " from job(" + job + ")");
        assertThat(shown.text("key")).as(what).isEqualTo(Ask.key(KEY).toString());
        assertThat(shown.text("states")).as(what).isEqualTo(String.valueOf(EVERYWHERE));
    }

    /** All rows of the job, each with key and mask; entries have had columns for them from the start. */
    private long rows() {
        StringBuilder all = new StringBuilder(
                "select null::uuid as key, 0::int2 as key_states, null::jsonb as extras" + " where false");
        for (int child = 0; child < children(); child++) {
            if (earlier) {
                a.run("update jobs_" + child + " set extras = coalesce(extras, '{}') || jsonb_build_object('unique',"
                        + " jsonb_build_object('key', key, 'states', key_states)), key = null, key_states = null"
                        + " where key is not null");
            }
            all.append(" union all select key, key_states, extras from jobs_" + child
                    + " where coalesce(origin, pos) = " + job);
            all.append(" union all select key, key_states, null from entries_" + child + " where origin = " + job);
        }
        Row found = a.row("select count(*) as rows, count(*) filter (where y.key = '" + Ask.key(KEY)
                + "' and y.states = " + EVERYWHERE + ") as right from (select coalesce(x.key::text,"
                + " x.extras #>> '{unique,key}')::uuid as key, coalesce(x.key_states,"
                + " (x.extras #>> '{unique,states}')::int) as states from (" + all + ") x) y");
        assertThat(found.number("right")).isEqualTo(found.number("rows"));
        return found.number("rows");
    }

    private Taken take() {
        Taken taken = new Keyed(a).take(1);
        assertThat(new Keyed(a).ids(taken)).containsExactly(job);
        return taken;
    }

    private long hold() {
        long lease = 100 + ++leases;
        assertThat(Lives.end(a, take(), 'h', HOUR, lease)).isTrue();
        return lease;
    }

    private void settle(long lease, String outcome, @Nullable Integer delay) {
        assertThat(a.row("select * from settle(array[" + lease + "]::bigint[], array['" + outcome + "'], array[" + delay
                                + "]::bigint[], null, " + Session.nonce() + ")")
                        .flag("fresh"))
                .isTrue();
    }

    private void act(String what, String options) {
        assertThat(a.text("select result from act('" + what + "', array[" + job + "], '" + options + "', "
                        + Session.nonce() + ", false)"))
                .as(what)
                .isEqualTo("done");
    }
}
