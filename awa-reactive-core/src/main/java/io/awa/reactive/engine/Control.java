package io.awa.reactive.engine;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What processes tell each other, besides that jobs came. Hints, possibly lost: nothing is decided by them. */
public sealed interface Control {

    /**
     * A running attempt was ended by somebody else; whatever its handler does is stale.
     *
     * @param worker the process that runs it
     * @param nonce  of its claim; 0 for a held attempt
     * @param number its ordinal in the claim; of a held attempt its lease
     */
    record Cancel(int worker, long nonce, long number) implements Control {}

    /**
     * A parked attempt may go on.
     *
     * @param worker the process that parked it
     * @param lease  the attempt
     */
    record Resume(int worker, long lease) implements Control {}

    /** A request was committed, or may have been while nobody listened. */
    record Requests() implements Control {}

    /** Settings of a queue were changed. */
    record Settings() implements Control {}

    /**
     * Somebody watches these jobs, for a minute from now.
     *
     * @param jobs their ids, {@link #MOST_JOBS} at most
     */
    record Watched(List<Long> jobs) implements Control {

        /** As it is sent. */
        public String payload() {
            return payload("watch", jobs);
        }

        private static String payload(String word, List<Long> jobs) {
            return MARK + word + jobs.stream().map(job -> " " + job).collect(Collectors.joining());
        }
    }

    /**
     * These jobs, which are watched, have gone on.
     *
     * @param jobs their ids, {@link #MOST_JOBS} at most
     */
    record Stirred(List<Long> jobs) implements Control {

        /** As it is sent. */
        public String payload() {
            return Watched.payload("stir", jobs);
        }
    }

    /** A worker has begun to listen: whoever watches jobs says so again. */
    record WhoWatches() implements Control {

        /** As it is sent. */
        public String payload() {
            return MARK + "who";
        }
    }

    /** Jobs that fit into one payload. */
    int MOST_JOBS = 350;

    /** Starts the payloads that are controls; all others are names of queues. */
    char MARK = '\u0001';

    /** Reads a payload; empty where it is none of these. */
    static Optional<Control> parse(String payload) {
        if (payload.isEmpty()) {
            return Optional.of(new Requests());
        }
        if (payload.charAt(0) != MARK) {
            return Optional.empty();
        }
        String[] words = payload.substring(1).split(" ", -1);
        try {
            if (words[0].equals("watch")) {
                return Optional.of(new Watched(jobs(words)));
            } else if (words[0].equals("stir")) {
                return Optional.of(new Stirred(jobs(words)));
            }
            return switch (words[0] + words.length) {
                case "cancel4" ->
                    Optional.of(
                            new Cancel(Integer.parseInt(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3])));
                case "resume3" -> Optional.of(new Resume(Integer.parseInt(words[1]), Long.parseLong(words[2])));
                case "who1" -> Optional.of(new WhoWatches());
                case "settings1" -> Optional.of(new Settings());
                case "request1" -> Optional.of(new Requests());
                default -> Optional.empty();
            };
        } catch (NumberFormatException e) {
            // somebody else's words, or a later version's
            return Optional.empty();
        }
    }

    private static List<Long> jobs(String[] words) {
        return Arrays.stream(words).skip(1).map(Long::valueOf).toList();
    }
}
