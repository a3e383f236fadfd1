package io.awa.reactive.test;

import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
import io.awa.reactive.worker.AwaWorkerBuilder;
import io.awa.reactive.worker.BlockingJobHandler;
import io.awa.reactive.worker.HandlerOptions;
import io.awa.reactive.worker.JobHandler;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A handler of a harness, to be given to each of its workers. */
sealed interface Registration {

    JobType<?> type();

    /**
     * @param queue the one queue that is worked; null: the type's own
     * @param begun told of each job before its handler is called
     */
    void on(AwaWorkerBuilder builder, @Nullable String queue, Consumer<JobId> begun);

    /** A reactive one. */
    record Reactive<T>(JobType<T> type, JobHandler<T> handler, UnaryOperator<HandlerOptions> options)
            implements Registration {

        @Override
        public void on(AwaWorkerBuilder builder, @Nullable String queue, Consumer<JobId> begun) {
            builder.handle(
                    queue == null ? type : type.queue(queue),
                    job -> {
                        begun.accept(job.id());
                        return handler.handle(job);
                    },
                    options);
        }
    }

    /** A blocking one. */
    record Blocking<T>(JobType<T> type, BlockingJobHandler<T> handler, UnaryOperator<HandlerOptions> options)
            implements Registration {

        @Override
        public void on(AwaWorkerBuilder builder, @Nullable String queue, Consumer<JobId> begun) {
            builder.handleBlocking(
                    queue == null ? type : type.queue(queue),
                    job -> {
                        begun.accept(job.id());
                        return handler.handle(job);
                    },
                    options);
        }
    }
}
