package io.awa.reactive.worker;

import io.awa.reactive.AwaValidationException;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The slots of all queues of a worker: each queue's own, or parts of those they share. */
final class QueueSlots {

    private final @Nullable SharedSlots shared;
    private final Map<String, Slots> byQueue;

    private QueueSlots(@Nullable SharedSlots shared, Map<String, QueueOptions> queues) {
        this.shared = shared;
        this.byQueue = queues.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> slots(entry.getKey(), entry.getValue())));
    }

    /**
     * As the settings say.
     *
     * @throws io.awa.reactive.AwaValidationException if the minima are more than the queues share, or they share none
     */
    static QueueSlots of(AwaWorkerBuilder settings) {
        Integer total = settings.sharedWorkers;
        return new QueueSlots(total == null ? null : new SharedSlots(total), settings.queues);
    }

    Slots of(String queue) {
        return Objects.requireNonNull(byQueue.get(queue));
    }

    private Slots slots(String queue, QueueOptions options) {
        Integer own = options.workers();
        if (shared == null) {
            if (options.minWorkers() > 0) {
                throw new AwaValidationException(
                        "queue(" + queue + ").minWorkers", options.minWorkers(), "0 where sharedWorkers is not set");
            }
            return new Slots(own == null ? QueueOptions.DEFAULT_WORKERS : own, null);
        }
        int most = shared.total();
        return new Slots(
                own == null ? most : Math.min(own, most), shared.join(queue, options.minWorkers(), options.weight()));
    }
}
