package io.awa.reactive.shutdown;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.JobFilter;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.admin.JobView;
import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;

@Timeout(180)
class PostmanTest {

    private static final int SIGTERM = 128 + 15;
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int BEFORE = 2_000;
    private static final int DURING = 200;
    private static final long MILLIS = 100;
    // Longer than the drain waits: these are cut short.
    private static final long LONG_MILLIS = 12_000;
    private static final List<Integer> LONG = IntStream.range(250, 258).boxed().toList();

    private final AwaPostgres postgres = AwaPostgres.shared();
    private final List<Lines> started = new ArrayList<>();
    private String schema = "";
    private Awa awa;

    @BeforeEach
    void fresh() {
        schema = postgres.freshSchema("postman");
        awa = Awa.builder(postgres.connections()).schema(schema).build();
        awa.migrate().block(PATIENCE);
    }

    @AfterEach
    void end() {
        started.forEach(Lines::close);
        awa.close().block(PATIENCE);
        postgres.drop(schema).block(PATIENCE);
    }

    @Test
    void whatWasNotBegunGoesBackInPlaceAndNothingIsLost() throws Exception {
        awa.enqueueAll(Letter.TYPE, Flux.range(0, BEFORE).map(PostmanTest::letter))
                .block(PATIENCE);
        Lines first = start();
        first.await("long ones", LONG.size(), line -> line.matches("begun 25[0-7] attempt 1"));
        first.await("some delivered", 300, line -> line.startsWith("delivered "));

        first.terminate();
        Flux.range(BEFORE, DURING)
                .concatMap(i -> awa.enqueue(Letter.TYPE.with(letter(i))))
                .blockLast(PATIENCE);

        assertThat(first.exit()).isEqualTo(SIGTERM);
        List<Integer> delivered = first.numbers("delivered (\\d+)");
        assertThat(first.numbers("cut short (\\d+)")).containsExactlyInAnyOrderElementsOf(LONG);
        assertThat(first.all())
                .last()
                .asString()
                .matches("drained: settled \\d+, released [1-9]\\d*, abandoned 0, clean true, \\d+ ms");
        assertThat(first.all())
                .filteredOn(line -> line.contains("WARN") || line.contains("ERROR"))
                .singleElement()
                .asString()
                .endsWith("8 handlers did not end in time; their jobs are released");
        List<JobView> waiting = jobs(JobState.AVAILABLE);
        assertThat(waiting)
                .extracting(PostmanTest::number)
                .as("the rest, in the order it came in")
                .isEqualTo(all().filter(i -> !delivered.contains(i)).boxed().toList());
        assertThat(waiting).as("attempts begun").allMatch(job -> job.attempt() == 0);
        assertThat(jobs(JobState.RUNNING)).isEmpty();

        Lines second = start();
        second.await("the rest", BEFORE + DURING - delivered.size(), line -> line.startsWith("delivered "));
        second.terminate();

        assertThat(second.exit()).isEqualTo(SIGTERM);
        assertThat(second.all()).last().asString().contains("released 0, abandoned 0, clean true");
        List<Integer> both = new ArrayList<>(delivered);
        both.addAll(second.numbers("delivered (\\d+)"));
        assertThat(both).as("each once").doesNotHaveDuplicates().hasSize(BEFORE + DURING);
        assertThat(second.numbers("begun (\\d+) attempt [^1].*")).isEmpty();
        assertThat(second.numbers("begun (\\d+) attempt 1").subList(0, 32)).containsAll(LONG);
        assertThat(jobs(JobState.AVAILABLE, JobState.RUNNING)).isEmpty();
    }

    private Lines start() throws Exception {
        Lines fresh = Lines.start(postgres.url(), schema);
        started.add(fresh);
        fresh.await("its start", 1, "works"::equals);
        return fresh;
    }

    private List<JobView> jobs(JobState... states) {
        return Objects.requireNonNull(awa.admin()
                .jobs(JobFilter.ofQueue(Letter.TYPE.queue()).states(states))
                .collectList()
                .block(PATIENCE));
    }

    private static int number(JobView job) {
        return Integer.parseInt(job.args().replaceAll(".*\"number\":\\s*(\\d+).*", "$1"));
    }

    private static Letter letter(int number) {
        return new Letter(number, LONG.contains(number) ? LONG_MILLIS : MILLIS);
    }

    private static IntStream all() {
        return IntStream.range(0, BEFORE + DURING);
    }
}
