package io.awa.reactive.worker.internal.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.worker.maintenance.MaintenanceSignal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

@Timeout(60)
class SignalsTest {

    private final Signals signals = new Signals(Schedulers.boundedElastic());

    @Test
    void everySubscriberGetsWhatComesAfterIt() {
        signals.offer(taken(1));
        StepVerifier.create(Flux.merge(signals, signals).take(4))
                .then(() -> {
                    signals.offer(taken(2));
                    signals.offer(taken(3));
                })
                .recordWith(ArrayList::new)
                .expectNextCount(4)
                .consumeRecordedWith(all ->
                        assertThat(all).extracting(MaintenanceSignal::epoch).containsExactlyInAnyOrder(2L, 2L, 3L, 3L))
                .verifyComplete();
    }

    /** One who takes nothing costs the others nothing, and hears where how much is missing. */
    @Test
    void aSlowOneIsToldWhatItMissed() {
        int extra = 500;
        List<MaintenanceSignal> quick = new CopyOnWriteArrayList<>();
        List<MaintenanceSignal> slow = new CopyOnWriteArrayList<>();
        signals.subscribe(quick::add);
        Taking taking = new Taking(slow);
        signals.subscribe(taking);
        for (int i = 1; i <= Signals.BUFFER + extra; i++) {
            long epoch = i;
            signals.offer(taken(epoch));
            // The quick one is let keep up: it is not to lose any for want of a thread.
            await(() -> quick.size() == epoch);
        }
        assertThat(slow).isEmpty();
        taking.request(Signals.BUFFER);
        await(() -> slow.size() == Signals.BUFFER);
        taking.request(1);
        await(() -> slow.size() == Signals.BUFFER + 1);
        signals.offer(taken(9_999));
        taking.request(10);
        await(() -> slow.size() == Signals.BUFFER + 2);
        assertThat(slow.get(Signals.BUFFER - 1).epoch()).isEqualTo(Signals.BUFFER);
        assertThat(slow.get(Signals.BUFFER))
                .isInstanceOfSatisfying(
                        MaintenanceSignal.Missed.class,
                        missed -> assertThat(missed.count()).isEqualTo(extra));
        assertThat(slow.get(Signals.BUFFER + 1).epoch()).isEqualTo(9_999);
    }

    /** A subscriber that blocks its thread holds up no offer. */
    @Test
    void aBlockedSubscriberHoldsUpNobody() throws InterruptedException {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        signals.subscribe(signal -> {
            entered.countDown();
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        signals.offer(taken(1));
        entered.await();
        List<MaintenanceSignal> other = new CopyOnWriteArrayList<>();
        signals.subscribe(other::add);
        IntStream.range(0, 5_000).forEach(i -> signals.offer(taken(i)));
        await(() -> other.stream().mapToLong(SignalsTest::stands).sum() >= 5_000 || other.size() == 5_000);
        gate.countDown();
    }

    /** One that throws where it must not hears nothing more, and nothing is made or kept for it. */
    @Test
    void oneThatThrowsIsGone() {
        AtomicInteger heard = new AtomicInteger();
        signals.subscribe(new CoreSubscriber<>() {
            @Override
            public void onSubscribe(Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(MaintenanceSignal signal) {
                heard.incrementAndGet();
                throw new IllegalStateException("thrown by the test");
            }

            @Override
            public void onError(Throwable error) {
                heard.addAndGet(100);
            }

            @Override
            public void onComplete() {
                heard.addAndGet(100);
            }
        });
        assertThat(signals.isHeard()).isTrue();
        signals.offer(taken(1));
        await(() -> !signals.isHeard());
        signals.offer(taken(2));
        signals.close();
        assertThat(heard).hasValue(1);
    }

    /** One that hears of the end before it is among those who listen. */
    @Test
    void whoComesAfterTheEndIsNotKept() {
        Signals over = new Signals(Schedulers.immediate());
        over.close();
        StepVerifier.create(over).verifyComplete();
        assertThat(over.isHeard()).isFalse();
    }

    /** Loops offer from any thread: nothing is lost between them, and each one's come in its order. */
    @Test
    void manyThreadsOffer() {
        int threads = 8;
        int each = 2_000;
        ConcurrentHashMap<Long, Long> last = new ConcurrentHashMap<>();
        AtomicBoolean disorder = new AtomicBoolean();
        List<Long> counts = new CopyOnWriteArrayList<>();
        signals.subscribe(signal -> {
            counts.add(stands(signal));
            if (signal instanceof MaintenanceSignal.LeadTaken) {
                long thread = signal.epoch() / 1_000_000;
                Long before = last.put(thread, signal.epoch());
                if (before != null && before >= signal.epoch()) {
                    disorder.set(true);
                }
            }
        });
        List<Thread> offering = IntStream.range(0, threads)
                .mapToObj(thread -> new Thread(() ->
                        IntStream.range(0, each).forEach(i -> signals.offer(taken(thread * 1_000_000L + i)))))
                .toList();
        offering.forEach(Thread::start);
        await(() -> counts.stream().mapToLong(n -> n).sum() == threads * each);
        assertThat(disorder).isFalse();
    }

    @Test
    void closingEndsThemAndLaterOnesAtOnce() {
        StepVerifier.create(signals)
                .then(() -> signals.offer(taken(1)))
                .then(signals::close)
                .expectNextCount(1)
                .verifyComplete();
        StepVerifier.create(signals).expectComplete().verify(Duration.ofSeconds(10));
    }

    /** What a signal stands for, of those the threads have offered. */
    private static long stands(MaintenanceSignal signal) {
        if (signal instanceof MaintenanceSignal.Missed missed) {
            return missed.count();
        }
        return signal instanceof MaintenanceSignal.LeadTaken ? 1 : 0;
    }

    private static MaintenanceSignal taken(long epoch) {
        return new MaintenanceSignal.LeadTaken(epoch, Instant.now());
    }

    private static void await(java.util.function.BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within 30 s");
            }
            Thread.onSpinWait();
        }
    }

    private static final class Taking extends BaseSubscriber<MaintenanceSignal> {

        private final List<MaintenanceSignal> got;

        Taking(List<MaintenanceSignal> got) {
            this.got = got;
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            // Takes nothing until told.
        }

        @Override
        protected void hookOnNext(MaintenanceSignal signal) {
            got.add(signal);
        }
    }
}
