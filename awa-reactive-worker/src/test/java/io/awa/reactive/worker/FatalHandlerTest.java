package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.admin.JobState;
import io.awa.reactive.admin.JobView;
import io.awa.reactive.job.JobId;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** What Reactor calls fatal would pass every operator by: it still is its job's end, and gives its slot back. */
class FatalHandlerTest {

    @Test
    void anErrorOfTheMachineEndsItsJobOnly() {
        try (Rig rig = new Rig()) {
            List<JobId> ids = IntStream.range(0, 8)
                    .mapToObj(i -> rig.enqueue(Rig.NUMBER.maxAttempts(1), i))
                    .toList();

            rig.start(settings ->
                    settings.handle(Rig.NUMBER, FatalHandlerTest::handle).queue("q", q -> q.workers(2)));

            Ledger ledger = rig.settled();
            assertThat(ledger.completed()).isEqualTo(4);
            assertThat(ledger.failed()).isEqualTo(4);
            JobView failed = rig.awa.admin().job(ids.get(0)).block(Await.LONG);
            assertThat(failed).isNotNull();
            assertThat(failed.state()).isEqualTo(JobState.FAILED);
            assertThat(failed.error()).isEqualTo("java.lang.NoClassDefFoundError: no such class");
        }
    }

    private static Mono<Outcome> handle(ActiveJob<Integer> job) {
        return switch (job.args()) {
            case 0 -> throw new NoClassDefFoundError("no such class");
            case 1 -> Mono.error(new NoClassDefFoundError("in the pipeline"));
            case 2 ->
                Mono.fromRunnable(() -> {
                    throw new ExceptionInInitializerError("at work");
                });
            case 3 -> endless(job);
            default -> Mono.just(Outcome.done());
        };
    }

    private static Mono<Outcome> endless(ActiveJob<Integer> job) {
        return endless(job).map(outcome -> outcome);
    }
}
