package io.awa.reactive.quickstart;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.QueueSettings;
import io.awa.reactive.job.JobType;
import reactor.core.publisher.Mono;

/** The Java of docs/guide/concurrency-keys.md, as in {@link Snippets}. */
final class KeySnippets {

    // [keys-type]
    record Sync(String tenant, long document) {}

    static final JobType<Sync> SYNC =
            JobType.of("sync", Sync.class).queue("sync").concurrencyKey(Sync::tenant);
    // [end]

    private KeySnippets() {}

    static Mono<Void> limit(Awa awa) {
        // [keys-limit]
        Mono<Void> two = awa.admin()
                .queue("sync")
                .settings()
                .defaultIfEmpty(QueueSettings.defaults())
                .flatMap(now -> awa.admin().queue("sync").settings(now.keyLimit(2)));
        // [end]
        return two;
    }
}
