package io.awa.reactive.internal.admin;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Pages behind one another, each fetched when the first of its elements is asked for and no sooner. */
final class Pages {

    private static final Cursor START = new Cursor(null, false);

    private Pages() {}

    static <T> Flux<T> of(Function<@Nullable String, Mono<Page<T>>> fetch) {
        return Flux.defer(() -> {
            AtomicReference<Cursor> at = new AtomicReference<>(START);
            return Flux.<Cursor>generate(sink -> {
                        Cursor next = Objects.requireNonNull(at.get());
                        if (next.end()) {
                            sink.complete();
                        } else {
                            sink.next(next);
                        }
                    })
                    // Without prefetch, twice: the inner one waits for demand before it fetches.
                    .concatMap(
                            cursor -> Flux.just(cursor)
                                    .hide()
                                    .concatMap(
                                            from -> fetch.apply(from.text())
                                                    .doOnNext(page -> at.set(page.next()))
                                                    .flatMapIterable(Page::rows),
                                            0),
                            0);
        });
    }

    /** Where the next page begins; null for after the last one. */
    static Cursor cursor(@Nullable String text) {
        return new Cursor(text, text == null);
    }

    /**
     * A place between pages.
     *
     * @param text what the database calls it; null at the start
     * @param end  whether nothing comes behind it
     */
    record Cursor(@Nullable String text, boolean end) {}

    /**
     * One page.
     *
     * @param rows may be empty though more come
     * @param next where the next one begins
     */
    record Page<T>(List<T> rows, Cursor next) {}
}
