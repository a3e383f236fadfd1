package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.admin.JobState;
import io.awa.reactive.job.JobId;
import java.time.Duration;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Handlers that block: their threads, and one stated result for whatever they do. */
@Timeout(120)
class BlockingHandlersTest {

    private final Rig rig = new Rig();
    private final CountDownLatch open = new CountDownLatch(1);

    @AfterEach
    void close() {
        open.countDown();
        rig.close();
    }

    @Test
    void theyRunOnThreadsOfTheirOwnAsManyAsWorkersAndNoMore() {
        rig.enqueue(200);
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Set<String> names = ConcurrentHashMap.newKeySet();
        rig.start(w -> w.handleBlocking(Rig.NUMBER, job -> {
                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                    names.add(Thread.currentThread().getName());
                    sleep(10);
                    now.decrementAndGet();
                    return Outcome.done();
                })
                .queue("q", q -> q.workers(8)));
        assertThat(rig.settled().completed()).isEqualTo(200);
        assertThat(most.get()).isBetween(2, 8);
        assertThat(names).allMatch(name -> name.startsWith("awa-blocking-"));
    }

    @Test
    void theyAreVirtualWhereTheJdkHasThemUnpinned() {
        AtomicBoolean virtual = new AtomicBoolean();
        Queue<ClassLoader> loaders = new ConcurrentLinkedQueue<>();
        rig.start(w -> w.handleBlocking(Rig.NUMBER, job -> {
            virtual.set(isVirtual());
            loaders.add(Thread.currentThread().getContextClassLoader());
            return null;
        }));
        rig.enqueue(1);
        assertThat(rig.settled().completed()).isEqualTo(1);
        assertThat(virtual.get()).isEqualTo(Runtime.version().feature() >= 24);
        assertThat(loaders).containsExactly(Thread.currentThread().getContextClassLoader());
    }

    @Test
    void whateverTheyDoHasOneStatedResult() {
        JobId empty = rig.enqueue(Rig.NUMBER, 0);
        JobId checked = rig.enqueue(Rig.NUMBER.maxAttempts(1), 1);
        JobId terminal = rig.enqueue(Rig.NUMBER, 2);
        JobId machine = rig.enqueue(Rig.NUMBER.maxAttempts(1), 3);
        JobId cancelled = rig.enqueue(Rig.NUMBER, 4);
        JobId interrupted = rig.enqueue(Rig.NUMBER, 5);
        rig.start(w ->
                w.handleBlocking(Rig.NUMBER, BlockingHandlersTest::misbehave).queue("q", q -> q.workers(2)));
        rig.becomes(empty, JobState.COMPLETED, false);
        assertThat(rig.becomes(checked, JobState.FAILED, false).error()).contains("a checked one");
        assertThat(rig.becomes(terminal, JobState.FAILED, false).error()).contains("no use");
        assertThat(rig.becomes(machine, JobState.FAILED, false).error()).contains("no such class");
        rig.becomes(cancelled, JobState.CANCELLED, false);
        rig.becomes(interrupted, JobState.COMPLETED, false);
        Await.until("slots are back", () -> rig.worker().stats().running() == 0);
    }

    @Test
    void aDeadlineInterruptsAndTheSlotIsKeptUntilTheThreadComesBack() {
        AtomicInteger interrupts = new AtomicInteger();
        AtomicInteger begun = new AtomicInteger();
        JobId late = rig.enqueue(Rig.NUMBER.deadline(Duration.ofSeconds(5)).maxAttempts(1), 0);
        RunningWorker worker = rig.start(w -> w.handleBlocking(Rig.NUMBER, job -> {
                    begun.incrementAndGet();
                    stubborn(interrupts);
                    return Outcome.done();
                })
                .attempts(a -> a.grace(Duration.ofMillis(100)))
                .queue("q", q -> q.workers(1)));
        assertThat(rig.becomes(late, JobState.FAILED, false).error()).contains("deadline");
        rig.enqueue(1);
        Await.until("interrupted", () -> interrupts.get() == 1);
        Await.staysTrue(
                "the slot is kept",
                Duration.ofMillis(500),
                () -> begun.get() == 1 && worker.stats().running() == 1);
        open.countDown();
        Await.until("the next one", () -> worker.stats().completed() == 1);
        assertThat(begun).hasValue(2);
        assertThat(interrupts).hasValue(1);
    }

    @Test
    void aCancelInterrupts() {
        Queue<String> ends = new ConcurrentLinkedQueue<>();
        JobId id = rig.enqueue(Rig.NUMBER, 0);
        RunningWorker worker = rig.start(w -> w.handleBlocking(Rig.NUMBER, job -> {
            try {
                open.await();
                ends.add("opened");
            } catch (InterruptedException e) {
                ends.add("interrupted");
                throw e;
            }
            return Outcome.done();
        }));
        Await.until("at work", () -> worker.stats().running() == 1);
        rig.awa.admin().cancel(id).block(Await.LONG);
        Await.until("interrupted", () -> ends.contains("interrupted"));
        Await.until("the slot is back", () -> worker.stats().running() == 0);
        rig.becomes(id, JobState.CANCELLED, false);
    }

    @Test
    void aDrainInterruptsReleasesAndCountsWhoDoesNotComeBack() {
        rig.enqueue(3);
        AtomicInteger interrupts = new AtomicInteger();
        RunningWorker worker = rig.start(w -> w.handleBlocking(Rig.NUMBER, job -> {
                    if (job.args() == 0) {
                        stubborn(interrupts);
                    } else {
                        open.await();
                    }
                    return Outcome.done();
                })
                .queue("q", q -> q.workers(3)));
        Await.until("at work", () -> worker.stats().running() == 3);
        DrainReport report =
                Objects.requireNonNull(worker.drain(Duration.ofMillis(100)).block(Await.LONG));
        assertThat(report.clean()).isTrue();
        assertThat(report.released()).isEqualTo(3);
        assertThat(report.settled()).isZero();
        assertThat(report.stillRunning()).isEqualTo(1);
        assertThat(report.took()).isBetween(Duration.ofMillis(100), Duration.ofSeconds(20));
        assertThat(rig.ledger().held()).isZero();
        open.countDown();
    }

    @Test
    void threadsOfTheCallersOwn() {
        Set<String> names = ConcurrentHashMap.newKeySet();
        rig.enqueue(3);
        rig.start(w -> w.handleBlocking(Rig.NUMBER, job -> {
                    names.add(Thread.currentThread().getName());
                    return Outcome.done();
                })
                .blockingThreads(task -> new Thread(task, "mine").start()));
        assertThat(rig.settled().completed()).isEqualTo(3);
        assertThat(names).containsExactly("mine");
    }

    private static @Nullable Outcome misbehave(ActiveJob<Integer> job) throws Exception {
        return switch (job.args()) {
            case 0 -> null;
            case 1 -> throw new Exception("a checked one");
            case 2 -> throw new TerminalJobException("no use");
            case 3 -> throw new NoClassDefFoundError("no such class");
            case 4 -> Outcome.cancel("not wanted");
            default -> {
                Thread.currentThread().interrupt();
                yield Outcome.done();
            }
        };
    }

    private void stubborn(AtomicInteger interrupts) {
        boolean closed = true;
        while (closed) {
            try {
                closed = !open.await(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                interrupts.incrementAndGet();
            }
        }
    }

    private static void sleep(long millis) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(millis);
    }

    private static boolean isVirtual() {
        try {
            return (boolean) Thread.class.getMethod("isVirtual").invoke(Thread.currentThread());
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }
}
