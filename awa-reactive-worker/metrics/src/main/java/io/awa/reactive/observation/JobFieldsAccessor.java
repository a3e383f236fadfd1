package io.awa.reactive.observation;

import io.micrometer.context.ThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Keeps the job at hand in the thread's MDC, as {@value #ID}, {@value #QUEUE}, {@value #KIND} and {@value #ATTEMPT}. Found
 * by context propagation itself, so these follow a handler over threads where an application has switched on Reactor's
 * automatic propagation, and wherever a {@code ContextSnapshot} is taken.
 */
public final class JobFieldsAccessor implements ThreadLocalAccessor<JobFields> {

    /** The key in a Reactor context: {@value}. */
    public static final String KEY = "io.awa.reactive.job";

    /** The job's id: {@value}. */
    public static final String ID = "awa.job.id";

    /** The queue: {@value}. */
    public static final String QUEUE = "awa.job.queue";

    /** The kind: {@value}. */
    public static final String KIND = "awa.job.kind";

    /** The attempt: {@value}. */
    public static final String ATTEMPT = "awa.job.attempt";

    private static final ThreadLocal<@Nullable JobFields> CURRENT = new ThreadLocal<>();

    /** Used by context propagation. */
    public JobFieldsAccessor() {}

    @Override
    public Object key() {
        return KEY;
    }

    @Override
    public @Nullable JobFields getValue() {
        return CURRENT.get();
    }

    @Override
    public void setValue(JobFields fields) {
        CURRENT.set(fields);
        MDC.put(ID, fields.id());
        MDC.put(QUEUE, fields.queue());
        MDC.put(KIND, fields.kind());
        MDC.put(ATTEMPT, String.valueOf(fields.attempt()));
    }

    @Override
    public void setValue() {
        CURRENT.remove();
        MDC.remove(ID);
        MDC.remove(QUEUE);
        MDC.remove(KIND);
        MDC.remove(ATTEMPT);
    }
}
