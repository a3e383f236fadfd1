package io.awa.reactive.internal.enqueue;

import io.awa.reactive.internal.json.EncodedJob;
import io.awa.reactive.internal.json.JobEncoder;
import io.awa.reactive.job.Job;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** From jobs to entries: check first, then the numbers of lane and kind, which are nearly always known. */
final class Entries {

    private final JobEncoder encoder;
    private final Directory directory;

    Entries(JobEncoder encoder, Directory directory) {
        this.encoder = encoder;
        this.directory = directory;
    }

    Mono<Entry> of(Job<?> job) {
        return Mono.defer(() -> {
            EncodedJob encoded = encoder.encode(job);
            Integer lane = directory.knownLane(encoded.queue(), encoded.priority());
            Integer kind = directory.knownKind(encoded.kind());
            return lane != null && kind != null
                    ? Mono.just(new Entry(encoded, lane, kind))
                    : Mono.zip(directory.lane(encoded.queue(), encoded.priority()), directory.kind(encoded.kind()))
                            .map(ids -> new Entry(encoded, ids.getT1(), ids.getT2()));
        });
    }

    Flux<Entry> of(Flux<? extends Job<?>> jobs) {
        return jobs.concatMap(this::of, 0);
    }
}
