package io.awa.reactive.examples;

import io.awa.reactive.job.JobType;
import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.worker.ActiveJob;
import io.awa.reactive.worker.AwaWorker;
import io.awa.reactive.worker.Backoff;
import io.awa.reactive.worker.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * An import of ten chapters says how far it is, and where a later attempt may go on. The connection breaks after the
 * sixth; the second attempt begins with the seventh, not with the first.
 */
public final class ProgressWithCheckpoint {

    private static final int CHAPTERS = 10;
    private static final int BREAKS_AFTER = 6;
    private static final JobType<Book> IMPORT =
            JobType.of("import_book", Book.class).queue("imports");

    private final AwaPostgres postgres;
    private final Queue<String> log = new ConcurrentLinkedQueue<>();

    ProgressWithCheckpoint(AwaPostgres postgres) {
        this.postgres = postgres;
    }

    /** Runs it on a PostgreSQL of its own. */
    public static void main(String[] args) {
        Example.main(postgres -> new ProgressWithCheckpoint(postgres).run("example"));
    }

    /** Answers what happened, in order. */
    Mono<List<String>> run(String schema) {
        return Example.with(
                postgres,
                schema,
                awa -> Example.working(
                        AwaWorker.builder(awa)
                                .handle(IMPORT, this::read)
                                .queue(IMPORT.queue(), queue -> queue.backoff(Backoff.fixed(Duration.ofMillis(10)))),
                        worker -> awa.enqueue(IMPORT.with(new Book("Middlemarch")))
                                .then(Wait.until(() -> log.contains("imported")))
                                .then(Mono.fromSupplier(() -> List.copyOf(log)))));
    }

    private Mono<Outcome> read(ActiveJob<Book> job) {
        int done = job.lastProgress()
                .flatMap(progress -> progress.checkpoint())
                .map(place -> place.intValue())
                .orElse(0);
        return Flux.range(done + 1, CHAPTERS - done)
                .concatMap(chapter -> chapter(job, chapter))
                .then(Mono.fromSupplier(() -> {
                    log.add("imported");
                    return Outcome.done();
                }));
    }

    private Mono<Void> chapter(ActiveJob<Book> job, int chapter) {
        if (chapter > BREAKS_AFTER && job.attempt() == 1) {
            return Mono.error(new IOException("connection reset"));
        }
        log.add("attempt " + job.attempt() + ": chapter " + chapter);
        job.progress(100 * chapter / CHAPTERS, "chapter " + chapter);
        job.checkpoint(chapter);
        // Reports are written once a second; what the next attempt must not do again is written now.
        return job.flushProgress();
    }

    record Book(String title) {}
}
