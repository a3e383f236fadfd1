package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The store's statements touch pages in proportion to their batch, whatever is scheduled, and whatever was planned when. */
class StorePlansTest extends StorageTest {

    private static final int DEEP = 500_000;

    @Test
    void plannedWhileEmpty() {
        warm();
        check(0, "empty");
        deep(0, DEEP);
        check(0, "loaded");
        c.run("analyze entries_0; analyze endings_0");
        check(0, "analysed");
    }

    @Test
    void afterAPruneAndReuse() {
        for (long store = 1; store <= 4; store++) {
            warm();
            Entered.rotate(a);
            assertThat(Entered.reclaim(a, store)).isEqualTo("Pruned");
        }
        int child = (int) a.number("select last_value & 255 from current_store");
        c.run("analyze");
        deep(child, 200_000);
        check(child, "reused");
    }

    @Test
    void plannedOnADeepStore() {
        deep(0, 100_000);
        c.run("analyze");
        warm();
        check(0, "planned deep");
    }

    /** Looking for what is left costs what there is to pass, once. */
    @Test
    void aLookAtASealedStore() {
        deep(0, 100_000);
        Entered.rotate(a);
        Entered.seal(a, 1);
        a.run(Entered.carryCall(1, 0));
        assertThat(Load.buffers(a, Entered.carryCall(1, 0))).isLessThan(30);
        a.run("select * from finish_store(1, 0, null)");
        assertThat(Load.buffers(a, "select * from finish_store(1, 0, null)")).isLessThan(60);
        assertThat(Load.buffers(a, Entered.carryCall(1, 100))).isLessThan(7_000);
        a.run("select * from store_states()");
        assertThat(Load.buffers(a, "select * from store_states()")).isLessThan(120);
    }

    private void deep(int child, int n) {
        c.run("insert into entries_" + child + " (entry, origin, created_at, due_at, lane, kind, attempt, max_attempts,"
                + " state, args) select nextval('entry_ids'), currval('entry_ids'), now(),"
                + " now() + interval '1 day' + i * interval '1 ms', 1, 1, 0, 25, 's', '{\"n\":1}'"
                + " from generate_series(1, " + n + ") i");
    }

    private void warm() {
        for (int i = 0; i < 8; i++) {
            Entered.add(a, "s", -1, 5);
            a.run(Entered.round(100));
            held(3, "t");
        }
    }

    private List<Long> held(int n, String outcome) {
        List<Long> leases = leases(n);
        a.run(settleCall(leases, outcome));
        return leases;
    }

    private List<Long> leases(int n) {
        String entries =
                Entered.add(a, "h", 1_000_000, n).stream().map(String::valueOf).collect(Collectors.joining(","));
        return a.row("select array_agg(lease) as x from (" + Entered.union() + ") y where entry in (" + entries + ")")
                .longs("x");
    }

    private static String settleCall(List<Long> leases, String outcome) {
        return "select * from settle(array" + leases + "::bigint[], array_fill('" + outcome + "'::text, array["
                + leases.size() + "]), array_fill(3600000::bigint, array[" + leases.size() + "]), null, "
                + Session.nonce() + ")";
    }

    private void check(int child, String when) {
        String since = "clock_timestamp() - interval '1 ms'";
        a.run(Entered.promoteCall(child, since, 100));
        assertThat(Load.buffers(a, Entered.promoteCall(child, since, 100)))
                .as("%s: pages of a pass that finds nothing", when)
                .isLessThan(30);
        Entered.add(a, "s", -1, 200);
        assertThat(Load.buffers(a, Entered.promoteCall(child, "clock_timestamp() - interval '1 s'", 200)))
                .as("%s: pages of a promotion of 200", when)
                .isLessThan(200L * 45);
        long[] some = Entered.add(a, "s", 1_000_000, 20).stream()
                .mapToLong(Long::longValue)
                .toArray();
        Entered.end(a, child, "x", some[0]);
        assertThat(Load.buffers(a, Entered.endCall(child, "x", some)))
                .as("%s: pages of 20 ends", when)
                .isLessThan(20L * 15 + 60);
        long[] more = Entered.add(a, "s", 1_000_000, 20).stream()
                .mapToLong(Long::longValue)
                .toArray();
        Entered.end(a, child, "t", more);
        String list = Arrays.toString(more);
        String follow = "select * from follow(array_fill(" + child + ", array[20]), array" + list
                + "::bigint[], array_fill('t'::text, array[20]), null, null, null)";
        assertThat(Load.buffers(a, follow))
                .as("%s: pages of 20 that follow", when)
                .isLessThan(20L * 60 + 100);
        List<Long> leases = leases(20);
        assertThat(Load.buffers(a, "select * from held(array" + leases + "::bigint[])"))
                .as("%s: pages of a look at 20 held", when)
                .isLessThan(20L * 25 + 60);
        assertThat(Load.buffers(a, settleCall(leases, "t")))
                .as("%s: pages of 20 settled", when)
                .isLessThan(20L * 100 + 100);
    }
}
