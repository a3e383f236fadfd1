package io.awa.reactive.admin;

import java.util.List;

/**
 * A job and its life.
 *
 * @param job    as it stands
 * @param events all that is still known, oldest first; places whose segment or store is gone are missing
 */
public record JobDetails(JobView job, List<JobEvent> events) {

    /** Copies the list. */
    public JobDetails {
        events = List.copyOf(events);
    }
}
