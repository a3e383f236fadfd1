package io.awa.reactive.testkit;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/** Puts the seed into the failure itself, where every report shows it. */
final class SeedReport implements TestExecutionExceptionHandler {

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        failure.addSuppressed(new Replay("replay with " + context.getDisplayName()));
        throw failure;
    }

    /** A note on a failure; it has no place of its own. */
    private static final class Replay extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Replay(String message) {
            super(message, null, false, false);
        }
    }
}
