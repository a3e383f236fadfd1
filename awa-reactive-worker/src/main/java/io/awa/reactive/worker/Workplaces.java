package io.awa.reactive.worker;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Where a running worker has jobs: its queues with their handlers, and the subscriptions to its jobs. */
final class Workplaces {

    private final List<QueueWork> queues = new ArrayList<>();
    private final JobStreams streams;

    Workplaces(JobStreams streams) {
        this.streams = streams;
    }

    /** One more queue, before any is worked. */
    void add(QueueWork queue) {
        queues.add(queue);
    }

    /** As many as there are, whenever it is looked at. */
    List<QueueWork> queues() {
        return queues;
    }

    /** Begins with the queues; subscriptions begin by themselves. */
    void begin() {
        queues.forEach(queue -> queue.source().subscribe(queue.runner()));
    }

    /** Jobs whose handlers are at work, or that subscribers have. */
    int running() {
        return queues.stream().mapToInt(queue -> queue.runner().running()).sum() + streams.running();
    }

    /** Jobs claimed and not durably ended. */
    int unsettled() {
        return queues.stream().mapToInt(queue -> queue.runner().unsettled()).sum() + streams.unsettled();
    }

    Stream<AtWork> atWork() {
        return Stream.concat(queues.stream().map(queue -> queue.runner().atWork()), streams.atWork());
    }

    /** There may be jobs in a queue; in any where it has no name. */
    void wake(String queue) {
        streams.wake(queue);
        for (QueueWork one : queues) {
            if (queue.isEmpty() || one.name().equals(queue)) {
                one.source().wake();
            }
        }
    }

    /** Claims no more. */
    void stop() {
        queues.forEach(QueueWork::stop);
        streams.stop();
    }

    /**
     * Ends all of them once they are stopped.
     *
     * @return false where a claim's answer is still out, or jobs could not be given back
     */
    Mono<Boolean> end(Deadline deadline) {
        return Flux.fromIterable(queues)
                .flatMap(queue -> queue.end(deadline), Math.max(1, queues.size()))
                .mergeWith(streams.end(deadline))
                .reduce(true, Boolean::logicalAnd);
    }

    /** Closes their connections. */
    Mono<Void> close() {
        return Flux.fromIterable(queues)
                .flatMap(queue -> queue.claims().close(), Math.max(1, queues.size()))
                .then(streams.close());
    }
}
