package io.awa.reactive.storage.random;

import io.awa.reactive.Awa;
import io.awa.reactive.callback.CallbackToken;
import io.awa.reactive.job.JobType;
import io.awa.reactive.worker.ActiveJob;
import io.awa.reactive.worker.AwaWorker;
import io.awa.reactive.worker.Outcome;
import io.awa.reactive.worker.RunningWorker;
import io.r2dbc.spi.ConnectionFactories;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * A worker whose handlers end their jobs in every way there is, until it is killed. It says its number, and the jobs it was
 * told it ended. Arguments: address, schema.
 */
@SuppressWarnings("rawtypes")
final class WorkerProcess {

    private static final JobType<Map> KIND = JobType.of("k", Map.class).queue("fast");
    private static final int WORKERS = 24;

    private final Awa awa;

    private WorkerProcess(Awa awa) {
        this.awa = awa;
    }

    /** Works until it dies. */
    public static void main(String[] args) {
        Awa awa = Awa.builder(ConnectionFactories.get(args[0]))
                .schema(args[1])
                .name(args[1] + " process")
                .build();
        RunningWorker worker = Objects.requireNonNull(new WorkerProcess(awa)
                .start()
                // The server may be down at this moment.
                .retryWhen(Retry.fixedDelay(1_000, Duration.ofMillis(200)))
                .block(Duration.ofMinutes(10)));
        System.out.println("worker " + worker.number() + ".");
        // Whoever started it is gone as soon as nobody writes there any more.
        try {
            while (System.in.read() >= 0) {
                // Nothing is ever said.
            }
        } catch (java.io.IOException e) {
            // The same.
        }
        Runtime.getRuntime().halt(0);
    }

    private Mono<RunningWorker> start() {
        return AwaWorker.builder(awa)
                .handle(KIND, this::work)
                .queue("fast", q -> q.workers(WORKERS).claim(64))
                .queue("slow", q -> q.workers(WORKERS).claim(64))
                .heartbeat(Duration.ofMillis(200))
                .rescue(r -> r.staleness(RescueParties.STALENESS).interval(Duration.ofMillis(200)))
                .attempts(a -> a.holdAfter(Duration.ofSeconds(1)).progress(Duration.ofMillis(50)))
                .listener((job, outcome, accepted) -> {
                    if (accepted) {
                        System.out.println("ended " + job.id().value() + ".");
                    }
                })
                .withoutMaintenance()
                .build()
                .start();
    }

    private Mono<Outcome> work(ActiveJob<Map> job) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return switch (random.nextInt(40)) {
            case 0, 1 -> Mono.error(new IllegalStateException("again"));
            case 2 -> Mono.just(Outcome.retryAfter(Duration.ofMillis(random.nextInt(200)), "soon"));
            case 3 -> Mono.just(Outcome.snooze(Duration.ofMillis(random.nextInt(200))));
            case 4 -> Mono.just(Outcome.fail("for good"));
            case 5 -> Mono.just(Outcome.deadLetter("out"));
            case 6 -> Mono.just(Outcome.cancel("not wanted"));
            case 7 -> Mono.just(Outcome.done().followedBy(KIND.with(Map.of())));
            case 8 -> reporting(job);
            case 9 ->
                job.registerCallback(Duration.ofMillis(100 + random.nextInt(900)))
                        .doOnNext(this::answerLater)
                        .map(Outcome::waitForCallback);
            case 10 ->
                job.registerCallback(Duration.ofMillis(100 + random.nextInt(900)))
                        .doOnNext(this::answerLater)
                        .flatMap(job::awaitCallback)
                        .thenReturn(Outcome.done());
            case 11 -> Mono.delay(Duration.ofMillis(random.nextInt(1_500))).thenReturn(Outcome.done());
            default -> Mono.just(Outcome.done());
        };
    }

    private Mono<Outcome> reporting(ActiveJob<Map> job) {
        return Flux.range(1, 4)
                .delayElements(Duration.ofMillis(60))
                .doOnNext(step -> {
                    job.progress(step * 25, "step " + step);
                    job.checkpoint(step);
                })
                .then(job.flushProgress())
                .thenReturn(Outcome.done());
    }

    private void answerLater(CallbackToken token) {
        int choice = ThreadLocalRandom.current().nextInt(5);
        var unused = Mono.delay(Duration.ofMillis(ThreadLocalRandom.current().nextInt(400)))
                .flatMap(at -> switch (choice) {
                    case 0 -> awa.callbacks().complete(token);
                    case 1 -> awa.callbacks().fail(token, "no");
                    case 2 -> awa.callbacks().retry(token, "again", Duration.ofMillis(50));
                    case 3 -> awa.callbacks().resume(token, "go on");
                    // Nobody answers: its time will be over.
                    default -> Mono.empty();
                })
                .onErrorComplete()
                .toFuture();
    }
}
