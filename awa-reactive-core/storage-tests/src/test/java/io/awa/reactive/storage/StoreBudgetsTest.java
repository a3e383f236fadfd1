package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What scheduling, promoting and retrying cost the server: WAL, dead rows; under a snapshot that stays. */
class StoreBudgetsTest extends StorageTest {

    private static final int N = 10_000;
    private static final int BODY = 7;

    @Test
    void walOfAScheduledJob() {
        c.begin("repeatable read");
        Entered.add(a, "s", -1, 2_000);
        a.run(Entered.round(4_096));
        double scheduled = leastWal(2_000, () -> Entered.add(a, "s", 100, 2_000)) - BODY;
        b.until("select 1 from entries_0 having max(due_at) < clock_timestamp()");
        double promoted = leastWal(2_000, () -> a.run(Entered.round(2_000))) - BODY;
        System.err.printf("wal: scheduled %.0f B, promoted %.0f B beyond the body%n", scheduled, promoted);
        assertThat(scheduled).isLessThan(500);
        assertThat(promoted).isLessThan(450);
        assertThat(a.number("select count(*) from jobs_0")).isEqualTo(N + 2_000);
        unchanged();
        c.commit();
    }

    @Test
    void walOfARetry() {
        c.begin("repeatable read");
        a.enqueue(N + 500);
        retry(500);
        double retried = leastWal(2_000, () -> {
            for (int i = 0; i < 4; i++) {
                retry(500);
            }
        });
        System.err.printf("wal: retry with its claim %.0f B%n", retried);
        assertThat(retried).isLessThan(900);
        assertThat(a.number("select count(*) from entries_0 where state = 't'")).isEqualTo(N + 500);
        unchanged();
        c.commit();
    }

    private void retry(int n) {
        Taken taken = a.claim(n);
        assertThat(taken.size()).isEqualTo(n);
        a.run("select * from close(array[" + taken.segment() + "]::bigint[], array[1], array[" + taken.no()
                + "]::bigint[], array[" + taken.nonce() + "]::bigint[], array['" + taken.all() + "'], array['t'], "
                + Session.nonce() + ", array_fill(1, array[" + n + "]), array(select generate_series(0, " + (n - 1)
                + ")), array_fill('t'::text, array[" + n + "]), null, null, array_fill('{\"error\": {\"message\":"
                + " \"boom\"}}'::text, array[" + n + "]))");
    }

    /** Bytes a job, of five rounds the one with the least: a checkpoint at any time makes others write whole pages. */
    private double leastWal(int jobs, Runnable round) {
        double least = Double.MAX_VALUE;
        for (int i = 0; i < N; i += jobs) {
            least = Math.min(least, wal(round));
        }
        return least / jobs;
    }

    private double wal(Runnable work) {
        c.rows("select 1");
        String before = b.text("select pg_current_wal_insert_lsn()");
        work.run();
        return b.number("select (pg_current_wal_insert_lsn() - '" + before + "')::bigint");
    }

    private void unchanged() {
        a.run("select pg_stat_force_next_flush()");
        b.run("select pg_stat_clear_snapshot()");
        assertThat(b.rows("select relname from pg_stat_user_tables where schemaname = '" + schema()
                        + "' and relname ~ '^(entries|endings|progress|keys|jobs|claims|closures|marks)_'"
                        + " and n_tup_upd + n_tup_del + n_dead_tup > 0"))
                .isEmpty();
    }
}
