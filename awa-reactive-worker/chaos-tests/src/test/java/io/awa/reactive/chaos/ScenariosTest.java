package io.awa.reactive.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.testkit.Seeds;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Every fault that is noticed soon, once, for a short time. After each of them everything recovers, every job ends, and all is judged. */
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ScenariosTest {

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final int JOBS_PER_SECOND = 60;

    private final long seed = Seeds.one();
    private final SplittableRandom random = Seeds.random(seed);
    private final Path folder = Path.of(System.getProperty("awa.chaos.reports", "target/chaos"), "scenarios");
    private World world;
    private Journal journal;

    @BeforeAll
    void open() {
        System.err.println("AWA_SEED=" + seed);
        world = new World(folder, JOBS_PER_SECOND, random.split());
        journal = new Journal(folder.resolveSibling("scenarios-recovery.csv"));
        world.tenants.forEach(tenant -> Recovery.of(tenant, LIMIT));
    }

    @AfterAll
    void close() {
        world.close();
    }

    @TestFactory
    Stream<DynamicTest> faults() {
        return Stream.concat(
                Fault.all().stream()
                        .filter(Fault::isNoticedSoon)
                        .map(fault -> DynamicTest.dynamicTest(fault.name(), () -> strike(fault))),
                Stream.of(DynamicTest.dynamicTest("all is given back, and the log is clean", this::finished)));
    }

    private void strike(Fault fault) {
        world.start();
        new Round(world, random, journal).strike(fault, world.big, fault.lasts(), LIMIT);
        world.drain();
        assertClean(world.judge(false));
    }

    private void finished() {
        world.drain();
        world.reclaim();
        List<Judge.Verdict> verdicts = world.judge(true);
        verdicts.forEach(verdict -> System.err.println("chaos: " + verdict));
        assertClean(verdicts);
        ServerLog log = world.log();
        System.err.println("chaos: the server's log has " + log.counts() + ", in " + folder.resolve("server.log"));
        assertThat(log.contention()).as("errors caused by contention").isEmpty();
        assertThat(log.unexpected()).as("errors that nobody injected").isEmpty();
    }

    private static void assertClean(List<Judge.Verdict> verdicts) {
        List<String> broken = new ArrayList<>();
        verdicts.stream().filter(verdict -> !verdict.isClean()).forEach(verdict -> broken.add(verdict.report()));
        assertThat(broken).isEmpty();
    }
}
