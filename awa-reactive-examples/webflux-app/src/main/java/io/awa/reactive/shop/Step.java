package io.awa.reactive.shop;

import io.awa.reactive.admin.JobState;
import io.awa.reactive.observe.JobUpdate;
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

    static Step of(JobUpdate update, JsonMapper mapper) {
        JobState state = update instanceof JobUpdate.Reached now ? now.state() : JobState.RUNNING;
        if (state == JobState.COMPLETED) {
            return new Step(state, 100, "shipped");
        }
        String progress = update instanceof JobUpdate.Reached now
                ? now.progress()
                : update instanceof JobUpdate.Progressed report ? report.progress() : null;
        JsonNode reported = mapper.readTree(progress == null ? "{}" : progress);
        return new Step(
                state,
                reported.path("percent").asInt(0),
                reported.path("message").asString(null));
    }
}
