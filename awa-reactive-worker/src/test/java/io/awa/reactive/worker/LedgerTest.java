package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.job.JobId;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** The history that tests rely on: every position that has ended counts, once, as what it ended as. */
@Timeout(60)
class LedgerTest {

    private static final List<Outcome> OUTCOMES = List.of(
            Outcome.done(),
            Outcome.fail("no"),
            Outcome.retryAfter(Duration.ofHours(1), "later"),
            Outcome.snooze(Duration.ofHours(1)),
            Outcome.cancel("not wanted"),
            Outcome.deadLetter("dead"));

    @Test
    void everyEndOfAPosition() {
        try (Rig rig = new Rig()) {
            rig.enqueue(OUTCOMES.size());
            JobId marked = rig.enqueue(Rig.NUMBER, 6);
            rig.awa.admin().cancel(marked).block(Await.LONG);
            assertThat(rig.ledger()).matches(l -> l.open() == 6 && l.cancelled() == 1 && l.held() == 0);
            rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.just(OUTCOMES.get(job.args()))));
            assertThat(rig.settled()).isEqualTo(new Ledger(7, 1, 1, 1, 1, 2, 1, 0, 0, 0, 6, 0));
        }
    }

    @Test
    void aPositionInHandIsOpenAndHeld() {
        try (Rig rig = new Rig()) {
            CountDownLatch begun = new CountDownLatch(1);
            rig.enqueue(1);
            rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.<Outcome>never().doOnSubscribe(s -> begun.countDown())));
            Await.until("at work", () -> begun.getCount() == 0);
            assertThat(rig.ledger()).matches(l -> l.open() == 1 && l.held() == 1);
            rig.worker().drain(Duration.ZERO).block(Await.LONG);
            assertThat(rig.ledger()).matches(l -> l.open() == 1 && l.held() == 0 && l.released() == 1);
        }
    }
}
