package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.engine.Claims;
import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

@ExtendWith(OneTry.class)
@Timeout(90)
class ClaimSourceTest {

    private static final Duration MOMENT = Duration.ofMillis(150);
    private static final String CLAIM = ".claim($1";

    private final Faults faults = new Faults(AwaPostgres.shared().connections());
    private final SourceRig sources = new SourceRig(new Rig(AwaPostgres.shared(), faults));

    @AfterEach
    void close() {
        sources.close();
    }

    @Test
    void demandIsTheLimit() {
        sources.rig.enqueue(100);
        ClaimSource source = sources.source();
        SourceRig.Taker taker = sources.take(source, 8);
        taker.has(8);
        Await.staysTrue("8 claimed", MOMENT, () -> taker.got.size() == 8);
        assertThat(sources.rig.ledger().claims()).isEqualTo(8);
        taker.request(1);
        taker.has(9);
        assertThat(sources.rig.ledger().claims()).isEqualTo(9);
    }

    @Test
    void withoutDemandNothingIsAsked() {
        sources.rig.enqueue(1);
        SourceRig.Taker taker = sources.take(sources.source(), 0);
        Await.staysTrue("nothing", MOMENT, () -> faults.count(CLAIM) == 0);
        assertThat(taker.got).isEmpty();
    }

    @Test
    void aRequestOfNothingClaimsNothingAndHarmsNothing() {
        sources.rig.enqueue(3);
        AtomicReference<Subscription> raw = new AtomicReference<>();
        SourceRig.Taker taker = new SourceRig.Taker(0) {
            @Override
            protected void hookOnSubscribe(Subscription subscription) {
                raw.set(subscription);
            }
        };
        sources.source().subscribe(taker);
        raw.get().request(0);
        raw.get().request(-5);
        Await.staysTrue("nothing", MOMENT, () -> taker.got.isEmpty());
        raw.get().request(3);
        taker.has(3);
    }

    @Test
    void demandWithoutBoundIsTaken() {
        sources.rig.enqueue(2_000);
        SourceRig.Taker taker = sources.take(sources.source(), Long.MAX_VALUE);
        taker.has(2_000);
        assertThat(taker.positions()).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void aSecondSubscriberIsRefused() {
        ClaimSource source = sources.source();
        sources.take(source, 1);
        StepVerifier.create(Flux.from(source)).verifyError(IllegalStateException.class);
    }

    @Test
    void cancelReleasesWhatWasNotHandedOverInPlaceAndWithItsAttempt() {
        sources.rig.enqueue(20);
        SourceRig.Taker five = new SourceRig.Taker(20) {
            @Override
            protected void hookOnNext(Member job) {
                super.hookOnNext(job);
                if (got.size() == 5) {
                    cancel();
                    cancel();
                }
            }
        };
        ClaimSource source = sources.source();
        source.subscribe(five);
        source.released().block(Await.LONG);
        assertThat(five.got).hasSize(5);
        assertThat(sources.counters.released.sum()).isEqualTo(15);

        SourceRig.Taker rest = sources.take(sources.source(), 20);
        rest.has(15);
        List<Long> all = new ArrayList<>(five.positions());
        all.addAll(rest.positions());
        assertThat(all).isSorted().hasSize(20).doesNotHaveDuplicates();
        assertThat(rest.got).allMatch(job -> job.claim().attempt(job.ordinal()) == 1);
    }

    @Test
    void cancelWhileAClaimIsInFlightReleasesWhatItBrings() {
        sources.rig.enqueue(10);
        Sinks.Empty<Void> gate = Sinks.empty();
        Faults.Rule held = faults.holdBack(CLAIM, 1, gate.asMono());
        ClaimSource source = sources.source();
        SourceRig.Taker taker = sources.take(source, 10);
        Await.until("in flight", () -> held.times() == 1);
        taker.cancel();
        gate.tryEmitEmpty().orThrow();
        source.released().block(Await.LONG);
        assertThat(taker.got).isEmpty();
        assertThat(sources.rig.ledger()).matches(l -> l.held() == 0 && l.claims() == 10 && l.released() == 10);
    }

    @Test
    void cancelWithoutAnythingCompletesReleased() {
        ClaimSource source = sources.source();
        sources.take(source, 0).cancel();
        source.released().block(Await.LONG);
        source.wake();
    }

    @Test
    void aLostAnswerIsFoundAgain() {
        sources.rig.enqueue(10);
        Faults.Rule lost = faults.loseAnswers(CLAIM, 1);
        SourceRig.Taker taker = sources.take(sources.source(), 10);
        taker.has(10);
        assertThat(lost.times()).isEqualTo(1);
        assertThat(taker.positions()).isSorted().doesNotHaveDuplicates();
        assertThat(sources.rig.ledger().claims()).isEqualTo(10);
    }

    @Test
    void aClaimThatNeverArrivedIsMadeAgain() {
        sources.rig.enqueue(10);
        faults.refuse(CLAIM, 2, "08006");
        faults.refuse(".replay($1", 2, "08006");
        sources.take(sources.source(), 10).has(10);
        assertThat(sources.rig.ledger().claims()).isEqualTo(10);
    }

    @Test
    void aLostAnswerAndACancelReleaseTheClaim() {
        sources.rig.enqueue(10);
        Sinks.Empty<Void> gate = Sinks.empty();
        Faults.Rule lost = faults.holdAnswers(CLAIM, 1, gate.asMono());
        ClaimSource source = sources.source();
        SourceRig.Taker taker = sources.take(source, 10);
        Await.until("committed", () -> lost.times() == 1 && sources.rig.ledger().held() == 10);
        taker.cancel();
        gate.tryEmitEmpty().orThrow();
        source.released().block(Await.LONG);
        assertThat(taker.got).isEmpty();
        assertThat(sources.rig.ledger().held()).isZero();
        SourceRig.Taker next = sources.take(sources.source(), 10);
        next.has(10);
        assertThat(next.positions()).isSorted();
    }

    @Test
    void whatWasHandedOverIsNotReleasedWhenAReleaseFails() {
        sources.rig.enqueue(10);
        faults.refuse(".release($1", 1, "42501");
        SourceRig.Taker five = new SourceRig.Taker(10) {
            @Override
            protected void hookOnNext(Member job) {
                super.hookOnNext(job);
                if (got.size() == 5) {
                    cancel();
                }
            }
        };
        ClaimSource source = sources.source();
        source.subscribe(five);
        source.released().block(Await.LONG);
        assertThat(sources.rig.ledger().held()).isGreaterThanOrEqualTo(5);
        assertThat(five.got).hasSize(5);
    }

    @Test
    void aWakeDuringAnEmptyClaimIsNotLost() {
        Sinks.Empty<Void> gate = Sinks.empty();
        Faults.Rule held = faults.holdBack(CLAIM, 1, gate.asMono());
        ClaimSource source = sources.source(Duration.ofMinutes(5), Duration.ofMinutes(5));
        SourceRig.Taker taker = sources.take(source, 10);
        Await.until("in flight", () -> held.times() == 1);
        source.wake();
        // The wake is heard while the claim is under way, which finds nothing; the next one must come at once.
        LockSupport.parkNanos(MOMENT.toNanos());
        gate.tryEmitEmpty().orThrow();
        Await.until("a second claim", () -> faults.count(CLAIM) >= 2);
        assertThat(taker.got).isEmpty();
    }

    @Test
    void pauseAndResume() {
        sources.rig.awa.admin().pause("q", "test").block();
        sources.rig.enqueue(10);
        SourceRig.Taker taker = sources.take(sources.source(), 10);
        Await.until("asked while paused", () -> faults.count(CLAIM) > 3);
        assertThat(taker.got).isEmpty();
        sources.rig.awa.admin().resume("q").block();
        taker.has(10);
    }

    @Test
    void twoSourcesThatMeetBothGoOn() {
        sources.rig.enqueue(3_000);
        SourceRig.Taker one = sources.take(sources.source(), 1);
        SourceRig.Taker two = sources.take(sources.source(), 1);
        Await.until("all handed over", () -> {
            for (SourceRig.Taker taker : List.of(one, two)) {
                taker.request(20);
            }
            return one.got.size() + two.got.size() == 3_000;
        });
        List<Long> all = new ArrayList<>(one.positions());
        all.addAll(two.positions());
        assertThat(all).doesNotHaveDuplicates();
        assertThat(one.positions()).isSorted();
        assertThat(two.positions()).isSorted();
    }

    @Test
    void cancelledAtAnyMomentNothingIsLost() {
        sources.rig.enqueue(400);
        List<Long> kept = new ArrayList<>();
        Claims lane = sources.lane();
        while (kept.size() < 400) {
            ClaimSource source = sources.source(lane, Duration.ofMillis(5), Duration.ofMillis(20));
            SourceRig.Taker taker =
                    sources.take(source, ThreadLocalRandom.current().nextInt(1, 30));
            LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(4_000_000));
            taker.cancel();
            source.released().block(Await.LONG);
            kept.addAll(taker.positions());
        }
        assertThat(kept).isSorted().doesNotHaveDuplicates();
        assertThat(sources.rig.ledger().held()).isEqualTo(400);
    }
}
