package io.awa.reactive.shop;

import io.awa.reactive.admin.JobState;
import io.awa.reactive.admin.JobView;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * How far a job is, as the page hears it.
 *
 * @param state   its state
 * @param percent 0 to 100
 * @param message what its handler said last; null where nothing
 */
record Step(JobState state, int percent, @Nullable String message) {

    static Step of(JobView job, JsonMapper mapper) {
        if (job.state() == JobState.COMPLETED) {
            return new Step(job.state(), 100, "shipped");
        }
        String progress = job.progress();
        JsonNode reported = mapper.readTree(progress == null ? "{}" : progress);
        return new Step(
                job.state(),
                reported.path("percent").asInt(0),
                reported.path("message").asString(null));
    }

    boolean last() {
        return switch (state) {
            case COMPLETED, FAILED, DEAD, CANCELLED -> true;
            default -> false;
        };
    }
}
