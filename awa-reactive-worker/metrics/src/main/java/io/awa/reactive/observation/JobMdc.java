package io.awa.reactive.observation;

import io.awa.reactive.worker.ActiveJob;
import io.awa.reactive.worker.JobInterceptor;
import io.awa.reactive.worker.Outcome;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * Log lines of handlers name their job: its id, queue, kind and attempt are in the MDC where a handler is called, on the
 * thread of a blocking handler until it returns, and in the Reactor context. With Reactor's automatic context propagation,
 * which is the application's choice, operators have them on every thread; without it {@code handle} and {@code tap} do.
 *
 * <pre>{@code
 * AwaWorker.builder(awa).interceptor(JobMdc.fields()).handle(SEND_EMAIL, handler)
 * // logback: %-5level [%X{awa.job.kind} %X{awa.job.id} #%X{awa.job.attempt}] %msg%n
 * }</pre>
 *
 * {@link JobFieldsAccessor} has the names. No global hook is set.
 */
public final class JobMdc implements JobInterceptor {

    private static final JobMdc FIELDS = new JobMdc();
    private static final JobFieldsAccessor MDC = new JobFieldsAccessor();

    private JobMdc() {}

    /** The one there is. */
    public static JobInterceptor fields() {
        return FIELDS;
    }

    @Override
    public Mono<Outcome> around(ActiveJob<?> job, Mono<Outcome> handler) {
        JobFields fields = JobFields.of(job);
        return new Opened(handler.contextWrite(context -> context.put(JobFieldsAccessor.KEY, fields)), fields);
    }

    @Override
    public Scope enter(ContextView context) {
        JobFields fields = context.getOrDefault(JobFieldsAccessor.KEY, null);
        return fields == null ? Scope.NONE : open(fields);
    }

    private static Scope open(JobFields fields) {
        JobFields before = MDC.getValue();
        MDC.setValue(fields);
        return before == null ? MDC::setValue : () -> MDC.setValue(before);
    }

    /** What happens while it is subscribed, the call of a handler, logs with the job's fields. */
    private static final class Opened extends Mono<Outcome> {

        private final Mono<Outcome> source;
        private final JobFields fields;

        Opened(Mono<Outcome> source, JobFields fields) {
            this.source = source;
            this.fields = fields;
        }

        @Override
        public void subscribe(CoreSubscriber<? super Outcome> actual) {
            try (Scope open = open(fields)) {
                source.subscribe(actual);
            }
        }
    }
}
