package io.awa.reactive.metrics;

import io.micrometer.core.instrument.Meter;
import java.util.List;

/** Every meter: {@code docs/reference/metrics.md} has the same table. */
public enum AwaMeter {
    /** Jobs taken by claims. */
    CLAIMED("awa.job.claimed", Meter.Type.COUNTER, "jobs", "jobs claimed", "queue"),
    /** Jobs completed. */
    COMPLETED("awa.job.completed", Meter.Type.COUNTER, "jobs", "jobs completed", "queue", "kind"),
    /** Jobs that failed for good. */
    FAILED("awa.job.failed", Meter.Type.COUNTER, "jobs", "jobs failed for good", "queue", "kind"),
    /** Attempts to be repeated. */
    RETRIED("awa.job.retried", Meter.Type.COUNTER, "attempts", "attempts whose job is tried again", "queue", "kind"),
    /** Attempts that do not count. */
    SNOOZED("awa.job.snoozed", Meter.Type.COUNTER, "attempts", "attempts put off without counting", "queue", "kind"),
    /** Jobs cancelled by their handler. */
    CANCELLED("awa.job.cancelled", Meter.Type.COUNTER, "jobs", "jobs cancelled by their handler", "queue", "kind"),
    /** Jobs sent to the dead letters. */
    DEAD("awa.job.dead", Meter.Type.COUNTER, "jobs", "jobs their handler sent to the dead letters", "queue", "kind"),
    /** Attempts that left their segment. */
    HELD("awa.job.held", Meter.Type.COUNTER, "attempts", "long attempts moved to the store", "queue", "kind"),
    /** Attempts that wait for a callback. */
    PARKED("awa.job.parked", Meter.Type.COUNTER, "attempts", "attempts that wait for a callback", "queue", "kind"),
    /** Ends without effect. */
    STALE("awa.job.stale", Meter.Type.COUNTER, "attempts", "ends refused: another attempt's counts", "queue", "kind"),
    /** How long handlers take. */
    DURATION("awa.job.duration", Meter.Type.TIMER, "seconds", "from the handler's call to its end", "queue", "kind"),
    /** How long jobs wait. */
    WAIT("awa.job.wait", Meter.Type.TIMER, "seconds", "from available to the handler's call", "queue", "kind"),
    /** Handlers at work. */
    IN_FLIGHT("awa.job.in_flight", Meter.Type.GAUGE, "jobs", "handlers at work", "queue"),
    /** How many handlers may be. */
    CAPACITY("awa.job.capacity", Meter.Type.GAUGE, "jobs", "handlers that may be at work", "queue"),
    /** Claimed, and not durably ended. */
    UNSETTLED("awa.unsettled", Meter.Type.GAUGE, "jobs", "jobs claimed and not durably ended", "queue"),
    /** Jobs a claim. */
    CLAIM_SIZE("awa.claim.size", Meter.Type.DISTRIBUTION_SUMMARY, "jobs", "jobs of a claim that took some", "queue"),
    /** Round trips of claims. */
    CLAIM_DURATION("awa.claim.duration", Meter.Type.TIMER, "seconds", "round trip of a claim", "queue", "outcome"),
    /** Ends a statement. */
    FLUSH_SIZE("awa.flush.size", Meter.Type.DISTRIBUTION_SUMMARY, "attempts", "ends written by one statement"),
    /** Round trips of completions. */
    FLUSH_DURATION("awa.flush.duration", Meter.Type.TIMER, "seconds", "round trip of writing ends"),
    /** Jobs that wait. */
    DEPTH("awa.queue.depth", Meter.Type.GAUGE, "jobs", "jobs not yet claimed, an upper bound", "queue"),
    /** How long the oldest has waited. */
    LAG("awa.queue.lag", Meter.Type.GAUGE, "seconds", "age of the oldest job not yet claimed", "queue"),
    /** What maintenance tells. */
    SIGNAL("awa.maintenance.signal", Meter.Type.COUNTER, "signals", "what maintenance told", "type", "step", "result"),
    /** How long steps take. */
    STEP("awa.maintenance.duration", Meter.Type.TIMER, "seconds", "a step with its round trips", "step"),
    /** Whether this process leads. */
    LEADER("awa.leader", Meter.Type.GAUGE, "processes", "1 where this process leads the maintenance, else 0"),
    /** Under which epoch. */
    EPOCH("awa.leader.epoch", Meter.Type.GAUGE, "epoch", "the epoch it leads under; 0 where it does not"),
    /** How far the horizon lies back. */
    HORIZON("awa.horizon.age", Meter.Type.GAUGE, "transactions", "how far the horizon lies back; only of the leader"),
    /** Signals lost. */
    MISSED("awa.signals.missed", Meter.Type.COUNTER, "signals", "signals that came faster than they were counted");

    private final String id;
    private final Meter.Type type;
    private final String unit;
    private final String description;
    private final List<String> tags;

    AwaMeter(String id, Meter.Type type, String unit, String description, String... tags) {
        this.id = id;
        this.type = type;
        this.unit = unit;
        this.description = description;
        this.tags = List.of(tags);
    }

    /** Its name; Prometheus writes {@code awa.job.completed} as {@code awa_job_completed_total}. */
    public String id() {
        return id;
    }

    /** What it is. */
    public Meter.Type type() {
        return type;
    }

    /** Of its values. */
    public String unit() {
        return unit;
    }

    /** What it says. */
    public String description() {
        return description;
    }

    /** The keys of its tags. */
    public List<String> tags() {
        return tags;
    }
}
