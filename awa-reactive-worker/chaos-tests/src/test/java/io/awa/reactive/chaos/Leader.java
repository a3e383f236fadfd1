package io.awa.reactive.chaos;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The process that leads a schema's maintenance.
 *
 * @param epoch ascends with each change of the lead
 * @param slot  the place of the process
 */
record Leader(long epoch, Slot slot) {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    static Leader of(Tenant tenant) {
        // The one that was seen: a second look may find nobody again.
        AtomicReference<@Nullable Leader> found = new AtomicReference<>();
        World.until(() -> tenant.name + " has no leader", PATIENCE, () -> {
            found.set(seen(tenant).orElse(null));
            return found.get() != null;
        });
        return Objects.requireNonNull(found.get());
    }

    /** Whoever leads, as far as his session stands. */
    static Optional<Leader> seen(Tenant tenant) {
        List<String> states =
                tenant.sql("SELECT epoch || ' ' || name FROM {awa}.leader_state() WHERE name IS NOT NULL");
        return states.stream()
                .findFirst()
                .flatMap(state -> tenant.slots.stream()
                        .filter(slot -> state.split(" ")[1].equals(slot.run()))
                        .findFirst()
                        .map(slot -> new Leader(Long.parseLong(state.split(" ")[0]), slot)));
    }

    @Override
    public String toString() {
        return slot.run() + " under epoch " + epoch;
    }
}
