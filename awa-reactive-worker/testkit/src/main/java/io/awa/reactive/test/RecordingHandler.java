package io.awa.reactive.test;

import io.awa.reactive.job.JobId;
import io.awa.reactive.worker.ActiveJob;
import io.awa.reactive.worker.JobHandler;
import io.awa.reactive.worker.Outcome;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import reactor.core.publisher.Mono;

/**
 * Keeps what a handler was called with, call by call; made by {@link TestHandlers#recording}. Safe on any thread.
 *
 * @param <T> the class of the arguments
 */
public final class RecordingHandler<T> implements JobHandler<T> {

    private final JobHandler<T> handler;
    private final List<Call<T>> calls = new CopyOnWriteArrayList<>();

    RecordingHandler(JobHandler<T> handler) {
        this.handler = handler;
    }

    @Override
    public Mono<Outcome> handle(ActiveJob<T> job) {
        calls.add(new Call<>(job.id(), job.attempt(), job.args()));
        return handler.handle(job);
    }

    /** What it was called with, oldest first. */
    public List<Call<T>> calls() {
        return List.copyOf(calls);
    }

    /** The arguments of the calls, oldest first. */
    public List<T> args() {
        return calls.stream().map(Call::args).toList();
    }

    /**
     * A call.
     *
     * @param id      the job
     * @param attempt which attempt, from 1
     * @param args    the arguments
     * @param <T>     their class
     */
    public record Call<T>(JobId id, int attempt, T args) {}
}
