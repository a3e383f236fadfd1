package io.awa.reactive.worker;

import io.awa.reactive.job.JobType;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;
import org.testng.SkipException;
import reactor.core.publisher.Flux;

/**
 * The Reactive Streams rules, checked on jobs of a real database. A Flux of jobs never completes while its worker runs, so
 * the rules about completion are checked behind {@code take(n)}.
 */
@Timeout(180)
class ClaimsTckTest {

    private static Rig rig;
    private static RunningWorker worker;
    private static Rig broken;
    private static RunningWorker brokenWorker;

    @BeforeAll
    static void start() {
        rig = new Rig();
        worker = rig.start(w -> w.withoutHandlers().withoutMaintenance());
        broken = new Rig();
        brokenWorker = broken.start(w -> w.withoutHandlers().withoutMaintenance());
        broken.sql("drop function {awa}.ensure_kind cascade");
    }

    @AfterAll
    static void stop() {
        worker.drain(Duration.ZERO).block(Await.LONG);
        rig.close();
        broken.close();
    }

    @TestFactory
    Stream<DynamicTest> rules() {
        return rules(false);
    }

    @TestFactory
    Stream<DynamicTest> rulesOfSomeThatComplete() {
        return rules(true);
    }

    private static Stream<DynamicTest> rules(boolean completes) {
        return Arrays.stream(PublisherVerification.class.getMethods())
                .filter(method -> method.isAnnotationPresent(org.testng.annotations.Test.class))
                .sorted(Comparator.comparing(Method::getName))
                .map(method ->
                        DynamicTest.dynamicTest(method.getName(), () -> verify(method, new Verification(completes))));
    }

    private static void verify(Method rule, Verification verification) throws Throwable {
        verification.setUp();
        try {
            rule.invoke(verification);
        } catch (InvocationTargetException e) {
            Assumptions.assumeFalse(
                    e.getCause() instanceof SkipException, e.getCause().getMessage());
            throw e.getCause();
        }
    }

    private static final class Verification extends PublisherVerification<ClaimedJob<Integer>> {

        private static final AtomicInteger QUEUES = new AtomicInteger();

        private final boolean completes;

        Verification(boolean completes) {
            super(new TestEnvironment(5_000, 100));
            this.completes = completes;
        }

        @Override
        public Publisher<ClaimedJob<Integer>> createPublisher(long elements) {
            JobType<Integer> type = JobType.of("tck", Integer.class).queue("tck" + QUEUES.incrementAndGet());
            rig.awa
                    .enqueueAll(type, Flux.range(0, (int) Math.min(elements, 1_000)))
                    .block(Await.LONG);
            Flux<ClaimedJob<Integer>> claims = worker.claims(type.queue(), type);
            return completes ? claims.take(elements) : claims;
        }

        @Override
        public Publisher<ClaimedJob<Integer>> createFailedPublisher() {
            return brokenWorker.claims("q", JobType.of("none", Integer.class));
        }

        @Override
        public long maxElementsFromPublisher() {
            return completes ? 1_000 : publisherUnableToSignalOnComplete();
        }
    }
}
