package io.awa.reactive.worker;

import java.util.Objects;

/** How a handler says its job ended. */
public sealed interface Outcome {

    /** The job is done. */
    static Outcome done() {
        return Done.INSTANCE;
    }

    /**
     * The job failed for good. It stays visible as failed, with its arguments and the reason.
     *
     * @param reason kept up to 4,000 characters
     */
    static Outcome fail(String reason) {
        return new Failed(reason);
    }

    /** The job failed for good; class and message of the error are kept. */
    static Outcome fail(Throwable error) {
        return new Failed(describe(error));
    }

    private static String describe(Throwable error) {
        String name = error.getClass().getName();
        try {
            String message = error.getMessage();
            return message == null ? name : name + ": " + message;
        } catch (RuntimeException e) {
            // The job has failed all the same: a message that cannot be read must not keep its slot.
            return name;
        }
    }

    /** The job is done. */
    final class Done implements Outcome {

        private static final Done INSTANCE = new Done();

        private Done() {}

        @Override
        public String toString() {
            return "Done";
        }
    }

    /**
     * The job failed for good.
     *
     * @param reason why
     */
    record Failed(String reason) implements Outcome {

        /** Refuses null. */
        public Failed {
            Objects.requireNonNull(reason, "reason");
        }
    }
}
