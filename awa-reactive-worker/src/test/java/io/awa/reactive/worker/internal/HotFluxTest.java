package io.awa.reactive.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.scheduler.Schedulers;

class HotFluxTest {

    private static final int THREADS = 3;
    private static final int EACH = 2_000;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Pauses about as long as the linger: elements come while the thread falls asleep, and while it looks again. */
    @ParameterizedTest
    @ValueSource(longs = {0, 50_000, 1_000_000})
    void nothingStaysBehindWhateverTheThreadIsAt(long linger) throws Exception {
        HotFlux<Long> flux = flux(linger);
        ConcurrentLinkedQueue<Long> heard = new ConcurrentLinkedQueue<>();
        CountDownLatch all = new CountDownLatch(THREADS * EACH);
        flux.subscribe(number -> {
            heard.add(number);
            all.countDown();
        });

        CompletableFuture<?>[] offers = new CompletableFuture<?>[THREADS];
        for (int i = 0; i < THREADS; i++) {
            long from = (long) i * EACH;
            offers[i] = CompletableFuture.runAsync(() -> offer(flux, from, linger));
        }
        CompletableFuture.allOf(offers).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

        assertThat(all.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        for (int i = 0; i < THREADS; i++) {
            long thread = i;
            assertThat(heard.stream().filter(number -> number / EACH == thread).toList())
                    .isSorted();
        }
        flux.close();
    }

    /** One who asks for one at a time, from another thread, gets it at once, and not a linger later. */
    @Test
    void whoAsksGetsWhatWaits() throws Exception {
        HotFlux<Long> flux = flux(Duration.ofSeconds(2).toNanos());
        List<Long> heard = new ArrayList<>();
        CountDownLatch all = new CountDownLatch(50);
        flux.subscribe(new BaseSubscriber<Long>() {
            @Override
            protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {
                request(1);
            }

            @Override
            protected void hookOnNext(Long number) {
                heard.add(number);
                all.countDown();
                Schedulers.parallel().schedule(() -> request(1));
            }
        });

        for (long i = 0; i < 50; i++) {
            flux.offer(i);
        }

        assertThat(all.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(heard).hasSize(50).isSorted();
        flux.close();
    }

    @Test
    void endsWithinALingerOfTheClose() throws Exception {
        HotFlux<Long> flux = flux(1_000_000);
        CountDownLatch ended = new CountDownLatch(1);
        List<Long> heard = new ArrayList<>();
        flux.subscribe(heard::add, error -> {}, ended::countDown);

        for (long i = 0; i < 1_000; i++) {
            flux.offer(i);
        }
        flux.close();

        assertThat(ended.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(heard).hasSize(1_000).isSorted();
        assertThat(flux.isHeard()).isFalse();
    }

    private static void offer(HotFlux<Long> flux, long from, long linger) {
        for (int i = 0; i < EACH; i++) {
            flux.offer(from + i);
            if (i % 16 == 0) {
                LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(2 * linger + 1));
            }
        }
    }

    private static HotFlux<Long> flux(long linger) {
        return new HotFlux<>(
                Schedulers.boundedElastic(), THREADS * EACH, Duration.ofNanos(linger), (first, count) -> -count);
    }
}
