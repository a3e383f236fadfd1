package io.awa.reactive.worker;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a worker is; a moment's view.
 *
 * @param draining  whether it is stopping, or has stopped
 * @param database  whether the database answers
 * @param schema    whether it is the schema of this library's version
 * @param claims    whether every queue can claim
 * @param heartbeat whether the database hears this process; one it does not hear is taken for dead by others
 * @param leader    whether some process of the schema leads the maintenance. Without one no segment is given back, no due
 *                  job promoted, nobody rescued; jobs that are available go on
 * @param lead      who leads; null where that could not be read, or nobody has led yet
 * @param queues    its queues by their names
 */
public record WorkerHealth(
        boolean draining,
        State database,
        State schema,
        State claims,
        State heartbeat,
        State leader,
        @Nullable Lead lead,
        Map<String, Queue> queues) {

    /** Copies the map. */
    public WorkerHealth {
        queues = Map.copyOf(queues);
    }

    /**
     * Whether it takes jobs and their ends are written: not draining, and database, schema, claims and heartbeat well. Who
     * leads the maintenance is not asked: each process can wait for that.
     */
    public boolean isReady() {
        return !draining
                && List.of(database, schema, claims, heartbeat).stream().allMatch(State::isWell);
    }

    /** What is not well, and why, by the names of this record's components and in their order; empty where all is. */
    public Map<String, String> problems() {
        Map<String, String> found = new LinkedHashMap<>();
        problem(found, "database", database);
        problem(found, "schema", schema);
        problem(found, "claims", claims);
        problem(found, "heartbeat", heartbeat);
        problem(found, "leader", leader);
        return found;
    }

    private static void problem(Map<String, String> found, String name, State state) {
        if (!state.isWell()) {
            found.put(name, state.why());
        }
    }

    /** One of three. */
    public sealed interface State {

        /** Whether it is well; false where that is unknown too. */
        default boolean isWell() {
            return this instanceof Well;
        }

        /** Why it is not, in words; empty where it is well. */
        String why();
    }

    /** As it should be. */
    public record Well() implements State {
        @Override
        public String why() {
            return "";
        }
    }

    /**
     * Not as it should be.
     *
     * @param why in words
     */
    public record Unwell(String why) implements State {}

    /**
     * It could not be found out.
     *
     * @param why in words
     */
    public record Unknown(String why) implements State {}

    /**
     * Who leads the maintenance of the schema.
     *
     * @param epoch  of the lead
     * @param here   whether it is this process
     * @param name   of its session; null where that is gone
     * @param silent since its last beat, by the database's clock
     */
    public record Lead(long epoch, boolean here, @Nullable String name, Duration silent) {}

    /**
     * A queue in this process.
     *
     * @param inFlight  handlers at work
     * @param capacity  how many may be
     * @param unsettled jobs claimed and not durably ended
     */
    public record Queue(int inFlight, int capacity, int unsettled) {}
}
