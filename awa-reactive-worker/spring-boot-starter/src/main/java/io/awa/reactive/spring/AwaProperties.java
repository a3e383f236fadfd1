package io.awa.reactive.spring;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.pressure.Backpressure;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * The settings below {@code awa}. A property of another name stops the start. What is left out keeps the library's default.
 *
 * @param schema       the schema that holds everything; {@code awa} by default
 * @param name         the first word of every connection's application_name; that of the application, else {@code awa}
 * @param migrate      what is done about the schema when the application starts; {@code on-start} by default
 * @param backpressure from where on producers of a queue are slowed, by the queue's name; never by default
 * @param worker       the worker of this process
 */
@Validated
@ConfigurationProperties(prefix = "awa", ignoreUnknownFields = false)
public record AwaProperties(
        @NotBlank @DefaultValue("awa") String schema,
        @Nullable String name,
        @DefaultValue("on-start") Migrate migrate,
        @DefaultValue Map<String, @Valid Marks> backpressure,
        @Valid @DefaultValue Worker worker) {

    /** What is done about the schema at the start. */
    public enum Migrate {
        /** It is created or brought up to date. */
        ON_START,
        /** The start fails where it is not up to date. */
        VALIDATE,
        /** Nothing: somebody else does it. */
        OFF
    }

    /**
     * From where on producers of a queue are slowed; see {@link Backpressure}. One of depth and drain time is needed.
     *
     * @param depth     where so many jobs wait, 1 to 1,000,000,000; with a drain time the least that this ever is, 1,000 by
     *                  default
     * @param drainTime where more waits than workers take in so long
     * @param resumeAt  they go on where so many wait; half of the depth by default
     * @param burst     jobs that this process stores at most between two looks; a quarter of what lies between by default
     */
    public record Marks(
            @Nullable @Min(1) @Max(Backpressure.HIGHEST) Long depth,
            @Nullable Duration drainTime,
            @Nullable @Min(0) Long resumeAt,

            @Nullable @Min(1) @Max(Backpressure.LARGEST_BURST)
            Integer burst) {

        Backpressure of(String queue) {
            Backpressure marks;
            if (drainTime != null) {
                Backpressure times = Backpressure.atDrainTime(drainTime);
                marks = depth == null ? times : times.atLeast(depth);
            } else if (depth != null) {
                marks = Backpressure.atDepth(depth);
            } else {
                throw new AwaValidationException("awa.backpressure." + queue, this, "a depth, a drain-time, or both");
            }
            marks = resumeAt == null ? marks : marks.resumeAt(resumeAt);
            return burst == null ? marks : marks.burst(burst);
        }
    }

    /**
     * The worker of this process.
     *
     * @param enabled      whether this process works jobs, where it has handlers; true by default
     * @param name         what operators see this process as
     * @param maintenance  whether this process also looks after the schema: segments, due jobs, rescue; true by default. Some
     *                     process has to
     * @param heartbeat    pause between beats
     * @param startTimeout how long the start waits for the database; 30 s by default
     * @param drainTimeout how long handlers have to end when the application stops; 20 s by default. Spring's own bound,
     *                     {@code spring.lifecycle.timeout-per-shutdown-phase}, has to be longer
     * @param cron         pause between looks at the schedules; 1 s by default. Where this process does not maintain it looks
     *                     only if this is set
     * @param queues       settings of queues, by name; queues of handlers need none
     * @param completions  how ends of jobs are written
     * @param rescue       when attempts of dead processes are given up
     * @param segments     how segments come and go
     */
    public record Worker(
            @DefaultValue("true") boolean enabled,
            @Nullable String name,
            @DefaultValue("true") boolean maintenance,
            @Nullable Duration heartbeat,
            @DefaultValue("30s") Duration startTimeout,
            @DefaultValue("20s") Duration drainTimeout,
            @Nullable Duration cron,
            @DefaultValue Map<String, @Valid Queue> queues,
            @Valid @DefaultValue Completions completions,
            @Valid @DefaultValue Rescue rescue,
            @Valid @DefaultValue Segments segments) {}

    /**
     * One queue.
     *
     * @param workers handlers at once in this process, 1 to 100,000
     * @param claim   jobs at most in one claim, 1 to 4,096
     */
    public record Queue(
            @Nullable @Min(1) @Max(100_000) Integer workers,
            @Nullable @Min(1) @Max(4_096) Integer claim) {}

    /**
     * How ends of jobs are written.
     *
     * @param batch        ends at most in one statement
     * @param linger       how long the first end of a batch waits for others, where eight come in that time
     * @param maxUnsettled jobs claimed and not durably ended at most, for each queue
     */
    public record Completions(
            @Nullable @Min(1) @Max(8_192) Integer batch,
            @Nullable Duration linger,
            @Nullable @Min(1) @Max(1_000_000) Integer maxUnsettled) {}

    /**
     * When attempts of dead processes are given up.
     *
     * @param interval  pause between passes
     * @param staleness a process that has not beaten for this long is dead
     * @param grace     how long after a deadline its own process may end an attempt before others do
     */
    public record Rescue(
            @Nullable Duration interval,
            @Nullable Duration staleness,
            @Nullable Duration grace) {}

    /**
     * How segments come and go.
     *
     * @param rotateEvery  a segment takes jobs this long at most
     * @param rotateSize   and until it has this size
     * @param retention    finished segments are kept this long
     * @param retainSize   but the oldest go when all together are larger than this
     * @param promoteEvery due jobs are put into their lanes this often
     */
    public record Segments(
            @Nullable Duration rotateEvery,
            @Nullable DataSize rotateSize,
            @Nullable Duration retention,
            @Nullable DataSize retainSize,
            @Nullable Duration promoteEvery) {}
}
