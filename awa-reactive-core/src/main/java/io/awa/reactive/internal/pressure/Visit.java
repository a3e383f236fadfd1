package io.awa.reactive.internal.pressure;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.MonoSink;

/** Somebody who wants to come in, waits in one line at a time, and is inside until he leaves. */
final class Visit {

    private static final Logger LOG = LoggerFactory.getLogger(Visit.class);

    private final List<Need> needs;
    private State state = State.COMING;
    private @Nullable MonoSink<Void> sink;

    Visit(List<Need> needs) {
        this.needs = needs;
    }

    List<Need> needs() {
        return needs;
    }

    /** How many jobs for this queue. */
    int jobs(Valve valve) {
        for (Need need : needs) {
            if (need.valve() == valve) {
                return need.jobs();
            }
        }
        return 0;
    }

    boolean is(State other) {
        return state == other;
    }

    void arrives(MonoSink<Void> toTell) {
        state = State.WAITING;
        sink = toTell;
    }

    /** Lets him in. What he throws when told is his own affair: the others in the line are told all the same. */
    void enters() {
        state = State.INSIDE;
        try {
            told().success();
        } catch (RuntimeException e) {
            LOG.warn("Who was let in threw when told of it", e);
        }
    }

    void refused(Throwable error) {
        state = State.GONE;
        try {
            told().error(error);
        } catch (RuntimeException e) {
            LOG.warn("Who waited threw when told that it was in vain", e);
        }
    }

    void gone() {
        state = State.GONE;
    }

    private MonoSink<Void> told() {
        MonoSink<Void> known = sink;
        if (known == null) {
            throw new IllegalStateException("has not arrived");
        }
        return known;
    }

    /**
     * So many jobs for one queue.
     *
     * @param valve the queue's
     * @param jobs  how many
     */
    record Need(Valve valve, int jobs) {}

    enum State {
        COMING,
        WAITING,
        INSIDE,
        GONE
    }
}
