package io.awa.reactive.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.awa.reactive.Awa;
import io.awa.reactive.job.JobType;
import io.r2dbc.spi.ConnectionFactory;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** Harnesses live as long as it is said, nobody meets another's jobs, and nothing is left. */
@Timeout(180)
class AwaExtensionTest {

    private static final JobType<Integer> NUMBER = JobType.of("number", Integer.class);
    private static final Set<String> SEEN = ConcurrentHashMap.newKeySet();

    @Test
    void eachTestHasItsOwnAlsoInParallel() {
        SEEN.clear();
        run(Own.class).assertStatistics(stats -> stats.started(9).succeeded(9));
        assertThat(SEEN).hasSize(9);
    }

    @Test
    void aClassMayHaveOne() {
        SEEN.clear();
        run(Shared.class).assertStatistics(stats -> stats.started(3).succeeded(3));
        assertThat(SEEN).hasSize(1);
    }

    @Test
    void onePlaceIsRefused() {
        Throwable[] error = new Throwable[1];
        EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(TooEarly.class))
                .execute()
                .containerEvents()
                .failed()
                .stream()
                .forEach(event ->
                        error[0] = event.getRequiredPayload(org.junit.platform.engine.TestExecutionResult.class)
                                .getThrowable()
                                .orElseThrow());
        assertThat(error[0]).hasMessageContaining("lifetime = CLASS");
    }

    @Test
    void databasesAreDropped() {
        Database database = Databases.shared().take();
        String find = "SELECT count(*)::text FROM pg_database WHERE datname = '" + database.name() + "'";
        assertThat(Database.onServer(find)).containsExactly("1");
        Databases.shared().giveBack(database);
        Databases.shared().close();
        assertThat(Database.onServer(find)).containsExactly("0");
        // And it begins anew.
        try (AwaHarness harness = AwaHarness.create()) {
            assertThat(harness.url()).contains("awa_test_");
        }
    }

    private static Events run(Class<?> type) {
        return EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(type))
                .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
                .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
                .configurationParameter("junit.jupiter.execution.parallel.config.fixed.parallelism", "4")
                .execute()
                .testEvents();
    }

    /** Nobody's but the above test's. */
    @AwaTest
    @Execution(ExecutionMode.CONCURRENT)
    static class Own {

        private final Awa awa;

        Own(Awa awa) {
            this.awa = awa;
        }

        @BeforeEach
        void store(AwaHarness harness) {
            assertThat(harness.awa()).isSameAs(awa);
            harness.enqueue(NUMBER.with(1));
        }

        @RepeatedTest(8)
        void seesItsOwnJobOnly(AwaHarness harness, ConnectionFactory connections, HarnessClock clock) {
            assertThat(harness.connections()).isSameAs(connections);
            assertThat(harness.clock()).isSameAs(clock);
            assertThat(harness.jobs(NUMBER)).hasSize(1);
            SEEN.add(harness.url());
        }

        @Nested
        class Inner {
            @Test
            void soDoNestedOnes(AwaHarness harness) {
                assertThat(harness.jobs(NUMBER)).hasSize(1);
                SEEN.add(harness.url());
            }
        }
    }

    /** Nobody's but the above test's. */
    @AwaTest(lifetime = AwaTest.Lifetime.CLASS)
    @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
    static class Shared {

        @BeforeAll
        static void store(AwaHarness harness) {
            harness.enqueue(NUMBER.with(1));
        }

        @Test
        @Order(1)
        void one(AwaHarness harness) {
            assertThat(harness.handle(NUMBER, TestHandlers.succeeding()).workAll())
                    .hasSize(1);
            SEEN.add(harness.url());
        }

        @Test
        @Order(2)
        void two(AwaHarness harness) {
            assertThat(harness.workAll()).isEmpty();
            assertThat(harness.jobs(NUMBER)).hasSize(1);
            SEEN.add(harness.url());
        }

        @Nested
        class Inner {
            @Test
            void three(AwaHarness harness) {
                assertThat(harness.jobs(NUMBER)).hasSize(1);
                SEEN.add(harness.url());
            }
        }
    }

    /** Nobody's but the above test's. */
    @AwaTest
    static class TooEarly {

        @BeforeAll
        static void store(AwaHarness harness) {
            harness.enqueue(NUMBER.with(1));
        }

        @Test
        void never() {}
    }
}
