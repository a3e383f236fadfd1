package io.awa.reactive.engine;

import java.util.Optional;

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
            return switch (words[0] + words.length) {
                case "cancel4" ->
                    Optional.of(
                            new Cancel(Integer.parseInt(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3])));
                case "resume3" -> Optional.of(new Resume(Integer.parseInt(words[1]), Long.parseLong(words[2])));
                case "settings1" -> Optional.of(new Settings());
                case "request1" -> Optional.of(new Requests());
                default -> Optional.empty();
            };
        } catch (NumberFormatException e) {
            // somebody else's words, or a later version's
            return Optional.empty();
        }
    }
}
