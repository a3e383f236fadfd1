package io.awa.reactive.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

class GroupCommitTest {

    private static final Duration LINGER = Duration.ofMillis(10);

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final List<List<Integer>> flushes = new ArrayList<>();
    private final List<Sinks.Empty<Void>> ends = new ArrayList<>();

    private GroupCommit<Integer> gatherer(GroupCommit.Options<Integer> options) {
        return new GroupCommit<>(options, time, batch -> {
            flushes.add(batch);
            Sinks.Empty<Void> end = Sinks.empty();
            ends.add(end);
            return end.asMono();
        });
    }

    private void end(int flush) {
        ends.get(flush).tryEmitEmpty().orThrow();
    }

    @Test
    void aFullBatchIsFlushedAtOnce() {
        GroupCommit<Integer> gatherer = gatherer(GroupCommit.Options.of(3, LINGER));
        IntStream.range(0, 2).forEach(gatherer::offer);
        assertThat(flushes).isEmpty();
        gatherer.offer(2);
        assertThat(flushes).containsExactly(List.of(0, 1, 2));
    }

    @Test
    void oneThatComesSeldomWaitsForNobody() {
        // by its rate, less than one more would come within a nanosecond
        GroupCommit<Integer> gatherer =
                gatherer(GroupCommit.Options.<Integer>of(3, Duration.ofNanos(1)).company(1));
        gatherer.offer(1);
        assertThat(flushes).containsExactly(List.of(1));
        gatherer.offer(2);
        assertThat(flushes).as("one flush at a time").hasSize(1);
        end(0);
        assertThat(flushes).containsExactly(List.of(1), List.of(2));
    }

    @Test
    void oneThatComesOftenWaitsForOthers() {
        // by its rate, more than one more will come within an hour
        GroupCommit<Integer> gatherer =
                gatherer(GroupCommit.Options.<Integer>of(3, Duration.ofHours(1)).company(1));
        gatherer.offer(1);
        gatherer.offer(2);
        assertThat(flushes).isEmpty();
        time.advanceTimeBy(Duration.ofHours(1));
        assertThat(flushes).containsExactly(List.of(1, 2));
    }

    @Test
    void aBatchThatIsNotFullIsFlushedWhenItsFirstItemHasLingered() {
        GroupCommit<Integer> gatherer = gatherer(GroupCommit.Options.of(3, LINGER));
        gatherer.offer(1);
        time.advanceTimeBy(LINGER.minusMillis(1));
        gatherer.offer(2);
        assertThat(flushes).isEmpty();
        time.advanceTimeBy(Duration.ofMillis(1));
        assertThat(flushes).containsExactly(List.of(1, 2));
    }

    @Test
    void withoutLingerNothingWaits() {
        GroupCommit<Integer> gatherer = gatherer(GroupCommit.Options.of(3, Duration.ZERO));
        gatherer.offer(1);
        assertThat(flushes).containsExactly(List.of(1));
    }

    @Test
    void oneFlushIsInFlightAndTheNextOneGathers() {
        GroupCommit<Integer> gatherer = gatherer(GroupCommit.Options.of(4, Duration.ZERO));
        IntStream.range(0, 10).forEach(gatherer::offer);
        assertThat(flushes).containsExactly(List.of(0));
        end(0);
        assertThat(flushes).containsExactly(List.of(0), List.of(1, 2, 3, 4));
        end(1);
        end(2);
        assertThat(flushes.get(3)).containsExactly(9);
        assertThat(gatherer.size()).isZero();
    }

    @Test
    void weightBoundsABatchAndASingleHeavyItemPasses() {
        GroupCommit<Integer> gatherer =
                gatherer(new GroupCommit.Options<>(100, Duration.ofHours(1), 10, Integer::intValue, 0));
        List.of(4, 4, 4, 50, 1, 9, 1).forEach(gatherer::offer);
        gatherer.drainAll().subscribe();
        for (int i = 0; i < ends.size(); i++) {
            end(i);
        }
        assertThat(flushes).containsExactly(List.of(4, 4), List.of(4), List.of(50), List.of(1, 9), List.of(1));
    }

    @Test
    void drainAllCompletesWithTheLastFlush() {
        GroupCommit<Integer> gatherer = gatherer(GroupCommit.Options.of(2, Duration.ofHours(1)));
        IntStream.range(0, 5).forEach(gatherer::offer);
        AtomicBoolean drained = new AtomicBoolean();
        gatherer.drainAll().subscribe(none -> {}, error -> {}, () -> drained.set(true));
        for (int i = 0; i < 3; i++) {
            assertThat(drained).isFalse();
            end(i);
        }
        assertThat(drained).isTrue();
        assertThat(flushes).hasSize(3);
    }

    @Test
    void drainAllOfNothingCompletesAtOnceAndTwice() {
        GroupCommit<Integer> gatherer = gatherer(GroupCommit.Options.of(2, LINGER));
        gatherer.drainAll().block(Duration.ofSeconds(30));
        gatherer.drainAll().block(Duration.ofSeconds(30));
    }

    @Test
    void failedAndThrowingFlushesStopNothing() {
        AtomicInteger flushed = new AtomicInteger();
        GroupCommit<Integer> gatherer = new GroupCommit<>(GroupCommit.Options.of(1, LINGER), time, batch -> {
            if (flushed.incrementAndGet() % 2 == 0) {
                throw new IllegalStateException("thrown");
            }
            return Mono.error(new IllegalStateException("failed"));
        });
        IntStream.range(0, 6).forEach(gatherer::offer);
        gatherer.drainAll().block(Duration.ofSeconds(30));
        assertThat(flushed).hasValue(6);
    }

    @Test
    void synchronousFlushesDoNotNest() {
        AtomicInteger flushed = new AtomicInteger();
        Sinks.Empty<Void> first = Sinks.empty();
        GroupCommit<Integer> gatherer = new GroupCommit<>(
                GroupCommit.Options.of(1, Duration.ZERO),
                time,
                batch -> flushed.getAndIncrement() == 0 ? first.asMono() : Mono.empty());
        IntStream.range(0, 200_000).forEach(gatherer::offer);
        first.tryEmitEmpty().orThrow();
        gatherer.drainAll().block(Duration.ofSeconds(30));
        assertThat(flushed).hasValue(200_000);
    }

    @Test
    void aFlushMayOffer() {
        AtomicReference<GroupCommit<Integer>> self = new AtomicReference<>();
        AtomicInteger deepest = new AtomicInteger();
        GroupCommit<Integer> gatherer = new GroupCommit<>(
                GroupCommit.Options.of(8, Duration.ZERO),
                time,
                batch -> Mono.fromRunnable(() -> {
                    for (int item : batch) {
                        deepest.set(Math.max(deepest.get(), item));
                        if (item < 50_000) {
                            self.get().offer(item + 1);
                        }
                    }
                }));
        self.set(gatherer);
        gatherer.offer(0);
        assertThat(deepest).hasValue(50_000);
    }

    @Test
    void nothingIsLostOrFlushedTwiceUnderManyThreads() throws InterruptedException {
        int threads = 16;
        int each = 20_000;
        AtomicIntegerArray seen = new AtomicIntegerArray(threads * each);
        AtomicInteger inFlight = new AtomicInteger();
        ConcurrentLinkedQueue<String> broken = new ConcurrentLinkedQueue<>();
        GroupCommit<Integer> gatherer = new GroupCommit<>(
                GroupCommit.Options.of(512, Duration.ofMillis(1)),
                Schedulers.parallel(),
                batch -> slow(batch.size())
                        .doFirst(() -> {
                            if (inFlight.incrementAndGet() != 1) {
                                broken.add("two flushes at once");
                            }
                            if (batch.isEmpty() || batch.size() > 512) {
                                broken.add("a batch of " + batch.size());
                            }
                            batch.forEach(seen::incrementAndGet);
                        })
                        .doOnTerminate(inFlight::decrementAndGet));
        CountDownLatch done = new CountDownLatch(threads);
        for (int t = 0; t < threads; t++) {
            int from = t * each;
            new Thread(() -> {
                        IntStream.range(from, from + each).forEach(gatherer::offer);
                        done.countDown();
                    })
                    .start();
        }
        assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
        gatherer.drainAll().block(Duration.ofSeconds(30));
        assertThat(broken).isEmpty();
        assertThat(inFlight).hasValue(0);
        assertThat(gatherer.size()).isZero();
        assertThat(IntStream.range(0, seen.length()).filter(i -> seen.get(i) != 1))
                .isEmpty();
    }

    private static Mono<Long> slow(int size) {
        return switch (ThreadLocalRandom.current().nextInt(4)) {
            case 0 -> Mono.just((long) size);
            case 1 -> Mono.error(new Refused());
            default -> Mono.delay(Duration.ofNanos(ThreadLocalRandom.current().nextInt(2_000_000)));
        };
    }

    private static final class Refused extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Refused() {
            super("refused", null, false, false);
        }
    }
}
