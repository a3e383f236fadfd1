package io.awa.reactive.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes meters as {@link AwaMeter} describes them.
 *
 * @param registry where they are registered
 */
record Meters(MeterRegistry registry) {

    Counter counter(AwaMeter meter, String... values) {
        return Counter.builder(meter.id())
                .description(meter.description())
                .baseUnit(unit(meter))
                .tags(tags(meter, values))
                .register(registry);
    }

    /** With a bucket for each of a few durations between 1 ms and 60 s, for registries that keep buckets. */
    Timer timer(AwaMeter meter, String... values) {
        return Timer.builder(meter.id())
                .description(meter.description())
                .tags(tags(meter, values))
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    DistributionSummary summary(AwaMeter meter, String... values) {
        return DistributionSummary.builder(meter.id())
                .description(meter.description())
                .baseUnit(unit(meter))
                .tags(tags(meter, values))
                .serviceLevelObjectives(1, 8, 32, 128, 512, 1_024)
                .register(registry);
    }

    Gauge gauge(AwaMeter meter, Supplier<Number> value, String... values) {
        return Gauge.builder(meter.id(), value)
                .description(meter.description())
                .baseUnit(unit(meter))
                .tags(tags(meter, values))
                .register(registry);
    }

    private static final Duration[] BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofMillis(5),
        Duration.ofMillis(20),
        Duration.ofMillis(100),
        Duration.ofMillis(500),
        Duration.ofSeconds(2),
        Duration.ofSeconds(10),
        Duration.ofSeconds(60)
    };

    // Names that scrapes build from units are to be those that people look for: awa_job_completed_total.
    private static @Nullable String unit(AwaMeter meter) {
        return meter.unit().equals("seconds") ? meter.unit() : null;
    }

    private static List<Tag> tags(AwaMeter meter, String... values) {
        List<Tag> tags = new ArrayList<>(values.length);
        for (int i = 0; i < values.length; i++) {
            tags.add(Tag.of(meter.tags().get(i), values[i]));
        }
        return tags;
    }
}
