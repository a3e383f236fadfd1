package io.awa.reactive.worker;

import io.awa.reactive.engine.Claims;
import io.awa.reactive.job.JobType;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;

/** The subscriptions to a worker's jobs: each has a connection and a thread of its own, and shares all else with it. */
final class JobStreams {

    private final int worker;
    private final Releases releases;
    private final Runnable tooManyHoles;
    private final Tools tools;
    private final Set<JobStream<?>> open = ConcurrentHashMap.newKeySet();
    private volatile boolean stopping;

    JobStreams(int worker, Releases releases, Runnable tooManyHoles, Tools tools) {
        this.worker = worker;
        this.releases = releases;
        this.tooManyHoles = tooManyHoles;
        this.tools = tools;
    }

    <T> Flux<ClaimedJob<T>> of(String queue, JobType<T> type, QueueOptions options) {
        tools.engine().prepare(type);
        return new Flux<>() {
            @Override
            public void subscribe(CoreSubscriber<? super ClaimedJob<T>> actual) {
                begin(queue, type, options, actual);
            }
        };
    }

    private <T> void begin(
            String queue, JobType<T> type, QueueOptions options, CoreSubscriber<? super ClaimedJob<T>> actual) {
        if (stopping) {
            Operators.complete(actual);
            return;
        }
        JobStream<T> stream = new JobStream<>(queue, type, options, actual, this, tools);
        open.add(stream);
        actual.onSubscribe(stream);
        if (stopping) {
            stream.stop();
        }
        // The look-up is not cancelled with the subscription: a statement is not.
        var unused = Mono.zip(tools.engine().queue(queue), tools.engine().kind(type.kind()))
                .retryWhen(Completions.UNTIL_DECIDED)
                .doOnNext(ids -> stream.begin(ids.getT1(), ids.getT2()))
                .doOnError(stream::cannotBegin)
                .onErrorComplete()
                .toFuture();
    }

    ClaimSource source(String name, int queue, QueueOptions options, Claims claims, Scheduler thread) {
        return new ClaimSource(
                new ClaimSource.Settings(name, queue, worker, options.claim(), 0, options.pollMin(), options.pollMax()),
                claims,
                releases,
                tools.live(),
                thread,
                tools.counters(),
                tooManyHoles,
                Gate.OPEN);
    }

    Releases releases() {
        return releases;
    }

    void wake(String queue) {
        for (JobStream<?> stream : open) {
            if (queue.isEmpty() || stream.queue().equals(queue)) {
                stream.wake();
            }
        }
    }

    Stream<AtWork> atWork() {
        return open.stream().map(JobStream::atWork);
    }

    /** Jobs handed over and not settled. */
    int running() {
        return atWork().mapToInt(AtWork::size).sum();
    }

    /** Jobs claimed and not durably ended. */
    int unsettled() {
        return open.stream().mapToInt(JobStream::inHand).sum();
    }

    boolean isStopping() {
        return stopping;
    }

    /** Completes all of them; there will be no more. */
    void stop() {
        stopping = true;
        open.forEach(JobStream::stop);
    }

    /** See {@link JobStream#end}. */
    Mono<Boolean> end(Deadline deadline) {
        return Flux.fromIterable(open)
                .flatMap(stream -> stream.end(deadline), 1_024)
                .reduce(true, Boolean::logicalAnd);
    }

    void closed(JobStream<?> stream) {
        open.remove(stream);
    }

    Mono<Void> close() {
        return Flux.fromIterable(open).concatMap(JobStream::close).then();
    }
}
