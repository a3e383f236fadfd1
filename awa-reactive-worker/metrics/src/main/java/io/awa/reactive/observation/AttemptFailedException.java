package io.awa.reactive.observation;

/** An outcome that is an error without an exception. Nobody threw it, so it has no stack trace. */
final class AttemptFailedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    AttemptFailedException(String message) {
        super(message, null, false, false);
    }
}
