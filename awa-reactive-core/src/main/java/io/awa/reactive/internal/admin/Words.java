package io.awa.reactive.internal.admin;

import io.awa.reactive.admin.Destination;
import io.awa.reactive.admin.EndedTotal;
import io.awa.reactive.admin.JobFilter;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.admin.RetryOptions;
import io.awa.reactive.internal.Checks;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What the API says, as the functions read it. */
final class Words {

    static final JobState[] RETRIED = {JobState.FAILED, JobState.DEAD, JobState.CANCELLED};
    static final JobState[] DELETED = RETRIED;
    static final JobState[] MOVED = {
        JobState.AVAILABLE, JobState.GATED, JobState.SCHEDULED, JobState.RETRYING, JobState.SNOOZED
    };
    static final JobState[] CANCELLED = {
        JobState.AVAILABLE,
        JobState.GATED,
        JobState.RUNNING,
        JobState.WAITING,
        JobState.SCHEDULED,
        JobState.RETRYING,
        JobState.SNOOZED
    };

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final int REASON_LENGTH = 500;

    private Words() {}

    static ObjectNode none() {
        return NODES.objectNode();
    }

    static ObjectNode reason(@Nullable String reason) {
        ObjectNode json = NODES.objectNode();
        if (reason != null) {
            Checks.length("reason", Checks.name("reason", reason), REASON_LENGTH);
            json.put("reason", reason);
        }
        return json;
    }

    static ObjectNode retry(RetryOptions options) {
        ObjectNode json = place(options.queue(), options.priority());
        if (options.delay() != null) {
            json.put("delay_ms", options.delay().toMillis());
        }
        if (options.runAt() != null) {
            json.put("run_at", options.runAt().toString());
        }
        return json;
    }

    static ObjectNode move(Destination destination) {
        return place(destination.queue(), destination.priority());
    }

    /** Only jobs that are in one state, by its letter. */
    static ObjectNode from(ObjectNode options, String state) {
        return options.put("from", state);
    }

    static ObjectNode filter(JobFilter filter) {
        ObjectNode json = NODES.objectNode();
        List<JobState> states = filter.states();
        if (!states.isEmpty()) {
            ArrayNode names = json.putArray("states");
            states.forEach(state -> names.add(name(state)));
        }
        put(json, "queue", filter.queue());
        put(json, "kind", filter.kind());
        put(json, "tag", filter.tag());
        if (filter.olderThan() != null) {
            json.put("older_ms", filter.olderThan().toMillis());
        }
        return json;
    }

    /** The filter, in these states where it names none. */
    static JobFilter or(JobFilter filter, JobState... states) {
        return filter.states().isEmpty() ? filter.states(states) : filter;
    }

    static JobState state(String name) {
        return JobState.valueOf(name.toUpperCase(Locale.ROOT));
    }

    private static String name(JobState state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    private static ObjectNode place(@Nullable String queue, @Nullable Integer priority) {
        ObjectNode json = NODES.objectNode();
        put(json, "queue", queue);
        if (priority != null) {
            json.put("priority", priority);
        }
        return json;
    }

    private static void put(ObjectNode json, String field, @Nullable String value) {
        if (value != null) {
            json.put(field, value);
        }
    }

    /** The end that a letter in closures and endings stands for. */
    static EndedTotal.How how(String letter) {
        return switch (letter) {
            case "c" -> EndedTotal.How.COMPLETED;
            case "t" -> EndedTotal.How.RETRIED;
            case "z" -> EndedTotal.How.SNOOZED;
            case "f" -> EndedTotal.How.FAILED;
            case "d" -> EndedTotal.How.DEAD_LETTER;
            case "x" -> EndedTotal.How.CANCELLED;
            case "h" -> EndedTotal.How.HELD;
            default -> EndedTotal.How.PARKED;
        };
    }
}
