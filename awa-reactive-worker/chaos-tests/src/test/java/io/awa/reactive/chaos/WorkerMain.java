package io.awa.reactive.chaos;

import io.awa.reactive.Awa;
import io.awa.reactive.AwaException;
import io.awa.reactive.callback.CallbackToken;
import io.awa.reactive.chaos.Kinds.Work;
import io.awa.reactive.worker.ActiveJob;
import io.awa.reactive.worker.AwaWorker;
import io.awa.reactive.worker.Outcome;
import io.awa.reactive.worker.RunningWorker;
import io.r2dbc.spi.ConnectionFactories;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * A worker process, to be killed, stopped, cut off. It writes what happens into a file as it happens, a line each, and in
 * one write: what was written survives SIGKILL. Arguments: address, schema, name, file.
 *
 * <pre>
 * W worker                     it is up, under this number
 * R job                        a handler begins
 * S job outcome 1|0            an end was decided: accepted, or stale
 * K token                      somebody has to answer this callback
 * </pre>
 */
final class WorkerMain {

    /** A beat each. */
    static final Duration BEAT = Duration.ofMillis(500);

    /** After that a process that does not beat is dead to the others. */
    static final Duration STALENESS = Duration.ofSeconds(3);

    private static final int SLOTS = 12;
    private static final Duration CALLBACK = Duration.ofSeconds(8);

    private final Awa awa;
    private final FileOutputStream file;

    private WorkerMain(Awa awa, FileOutputStream file) {
        this.awa = awa;
        this.file = file;
    }

    /** Works until a line comes on its input, then drains; where the input ends, nobody is left who wants it. */
    public static void main(String[] args) throws IOException {
        Awa awa = Awa.builder(ConnectionFactories.get(args[0]))
                .schema(args[1])
                .name(args[2])
                .build();
        WorkerMain main = new WorkerMain(awa, new FileOutputStream(args[3], true));
        // A database that is away when the process starts is waited for.
        RunningWorker worker =
                Objects.requireNonNull(Mono.defer(() -> main.worker(args[2]).start())
                        .doOnError(error -> System.out.println("not started: " + error))
                        .retryWhen(Retry.fixedDelay(Long.MAX_VALUE, Duration.ofMillis(200))
                                .filter(error -> !(error instanceof AwaException)))
                        .block());
        main.say("W " + worker.number());
        if (System.in.read() >= 0) {
            worker.drain(Duration.ofSeconds(10)).then(awa.close()).block(Duration.ofSeconds(30));
        }
        Runtime.getRuntime().halt(0);
    }

    private AwaWorker worker(String name) {
        return AwaWorker.builder(awa)
                .name(name)
                .handle(Kinds.PLAIN, this::work)
                .handle(Kinds.DEED, this::work)
                .queue(Kinds.HOT, q -> q.workers(SLOTS).claim(64))
                .queue(Kinds.MIXED, q -> q.workers(SLOTS).claim(64))
                .heartbeat(BEAT)
                .rescue(r -> r.interval(Duration.ofMillis(250)).staleness(STALENESS))
                .attempts(a -> a.holdAfter(Duration.ofSeconds(1)).progress(Duration.ofMillis(200)))
                .maintenance(m -> m.interval(Duration.ofMillis(250))
                        .rotate(Duration.ofSeconds(3), 64L << 20)
                        .retain(Duration.ofSeconds(12), 256L << 20)
                        .rotateStore(Duration.ofSeconds(4), 64L << 20))
                .listener((job, outcome, accepted) ->
                        say("S " + job.id().value() + " " + code(outcome) + (accepted ? " 1" : " 0")))
                .build();
    }

    private Mono<Outcome> work(ActiveJob<Work> job) {
        say("R " + job.id().value());
        int attempt = job.attempt();
        return switch (job.args().deed()) {
            case PLAIN, UNIQUE, SCHEDULED -> Mono.just(Outcome.done());
            case SLOW -> Mono.delay(Duration.ofMillis(100)).thenReturn(Outcome.done());
            case RETRY ->
                Mono.just(attempt < 3 ? Outcome.retryAfter(Duration.ofMillis(100), "not yet") : Outcome.done());
            case SNOOZE -> snooze(job);
            case FAIL -> Mono.just(Outcome.fail("for good"));
            case EXHAUST -> Mono.error(new IllegalStateException("again"));
            case DEAD -> Mono.just(Outcome.deadLetter("out"));
            case CANCEL -> Mono.just(Outcome.cancel("not wanted"));
            case HELD -> held(job);
            case CALLBACK -> callback(job);
            case FOLLOW -> Mono.just(Outcome.done().followedBy(Kinds.PLAIN.with(new Work(Deed.PLAIN, ""))));
        };
    }

    private static Mono<Outcome> snooze(ActiveJob<Work> job) {
        if (job.lastProgress().isPresent()) {
            return Mono.just(Outcome.done());
        }
        job.checkpoint("snoozed");
        return Mono.just(Outcome.snooze(Duration.ofMillis(150)));
    }

    private static Mono<Outcome> held(ActiveJob<Work> job) {
        return Flux.range(1, 8)
                .delayElements(Duration.ofMillis(200))
                .doOnNext(step -> job.progress(step * 12, "step " + step))
                .then(Mono.just(Outcome.done()));
    }

    private Mono<Outcome> callback(ActiveJob<Work> job) {
        return job.callbackResult().isPresent()
                ? Mono.just(Outcome.done())
                : job.registerCallback(CALLBACK).doOnNext(this::ask).map(Outcome::waitForCallback);
    }

    private void ask(CallbackToken token) {
        say("K " + token);
    }

    private void say(String line) {
        try {
            file.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static char code(Outcome outcome) {
        return outcome instanceof Outcome.Done
                ? 'c'
                : outcome instanceof Outcome.Retry
                        ? 't'
                        : outcome instanceof Outcome.Snooze
                                ? 'z'
                                : outcome instanceof Outcome.Fail
                                        ? 'f'
                                        : outcome instanceof Outcome.Cancel
                                                ? 'x'
                                                : outcome instanceof Outcome.DeadLetter ? 'd' : 'w';
    }
}
