package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** Processes that only work, and processes that only maintain; and what an idle one costs. */
@Timeout(120)
class RolesTest {

    private static final Logger LOG = LoggerFactory.getLogger(RolesTest.class);

    private final Faults faults = new Faults(AwaPostgres.shared().connections());
    private final Rig rig = new Rig(AwaPostgres.shared(), faults);

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void aMaintainerNeedsNoHandlerAndClaimsNothing() {
        RunningWorker maintainer = rig.start(w -> w.roles(Role.MAINTENANCE));
        rig.enqueue(5);
        rig.awa.enqueue(Rig.NUMBER.with(99).runAfter(Duration.ofMillis(300))).block(Await.LONG);
        RunningWorker worker =
                rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.empty()).roles(Role.WORKER));
        // One of the jobs was scheduled: the maintainer has promoted it.
        Await.until("all", () -> worker.stats().completed() == 6);
        assertThat(maintainer.stats().claims()).isZero();
        assertThat(maintainer.queue("q")).isEmpty();
        assertThat(maintainer.drain(Duration.ofSeconds(5)).block(Await.LONG)).matches(DrainReport::clean);
    }

    @Test
    void handlersOfAMaintainerAreLeftAlone() {
        RunningWorker maintainer = rig.start(w ->
                w.handle(Rig.NUMBER, job -> Mono.empty()).queue("q", q -> q).roles(Role.MAINTENANCE));
        rig.enqueue(5);
        Await.staysTrue(
                "nothing claimed",
                Duration.ofMillis(500),
                () -> maintainer.stats().claimed() == 0);
        assertThat(rig.ledger().held()).isZero();
    }

    @Test
    void aWorkerAloneMaintainsNothing() {
        // The migration went by here too.
        int before = maintenance();
        rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.empty()).withoutMaintenance());
        rig.enqueue(5);
        assertThat(rig.settled().completed()).isEqualTo(5);
        assertThat(maintenance()).isEqualTo(before);
        rig.start(w -> w.roles(Role.MAINTENANCE));
        Await.until("the other role does", () -> maintenance() > before);
    }

    private int maintenance() {
        return faults.count(".promote") + faults.count(".rotate") + faults.count(".lead(");
    }

    @Test
    void aWorkerNeedsAHandler() {
        assertThatThrownBy(() -> AwaWorker.builder(rig.awa).build())
                .isInstanceOf(AwaValidationException.class)
                .hasMessageContaining("handlers");
    }

    /** Fewer than five statements a second for an idle queue, and three for the process itself. */
    @Test
    void anIdleWorkerIsQuiet() {
        rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.empty())
                .queue("q", q -> q)
                .queue("q2", q -> q)
                .withoutMaintenance());
        // Its polling has backed off.
        Await.until("looked", () -> faults.count(".claim(") > 16);
        // The time goes around both looks, so that what comes between them and the clock is not left out of it.
        long begun = System.nanoTime();
        int claims = faults.count(".claim(");
        int all = faults.count("");
        Await.staysTrue("time passes", Duration.ofSeconds(5), () -> true);
        int claimed = faults.count(".claim(") - claims;
        int executed = faults.count("") - all;
        double seconds = (System.nanoTime() - begun) / 1e9;
        double each = claimed / seconds / 2;
        double rest = executed / seconds - 2 * each;
        LOG.info("idle: {} claims/s a queue, {} other statements/s", each, rest);
        assertThat(each).isBetween(0.1, 5.0);
        assertThat(rest).isLessThan(3);
    }
}
