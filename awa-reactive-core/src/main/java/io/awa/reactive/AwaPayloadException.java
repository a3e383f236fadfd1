package io.awa.reactive;

import org.jspecify.annotations.Nullable;

/**
 * A stored payload could not be read as the arguments of its job type. Trying again with the same code gives the same
 * error; a deployment with a fitting class may succeed.
 */
public final class AwaPayloadException extends AwaException {

    private static final long serialVersionUID = 1L;

    private final String kind;
    private final String argsType;

    /**
     * @param kind     the kind of the job
     * @param argsType the class its arguments were read as
     * @param reason   why that failed, on one line
     * @param cause    the error below, null when there is none
     */
    public AwaPayloadException(String kind, Class<?> argsType, String reason, @Nullable Throwable cause) {
        super("kind " + kind + ": the payload cannot be read as " + argsType.getName() + ": " + reason, cause);
        this.kind = kind;
        this.argsType = argsType.getName();
    }

    /** The kind of the job. */
    public String kind() {
        return kind;
    }

    /** The name of the class the arguments were read as. */
    public String argsType() {
        return argsType;
    }
}
