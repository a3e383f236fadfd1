package io.awa.reactive.observation;

import io.micrometer.observation.Observation;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * Observes each subscription. The observation is in the source's context, under the key that context propagation knows, and
 * in scope on the thread that subscribes while it does, where an application's code is called then: a handler, for instance.
 * It is stopped before its signal is handed on, by whichever of signal and cancellation comes first.
 */
final class ObservedMono<T> extends Mono<T> {

    private final Mono<T> unobserved;
    private final Function<ContextView, @Nullable Watch<T>> begin;

    /**
     * @param unobserved what is subscribed where there is nothing to observe
     * @param begin      starts the observation of one subscription; null: not this one
     */
    ObservedMono(Mono<T> unobserved, Function<ContextView, @Nullable Watch<T>> begin) {
        this.unobserved = unobserved;
        this.begin = begin;
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        Watch<T> watch = begin.apply(actual.currentContext());
        if (watch == null) {
            unobserved.subscribe(actual);
            return;
        }
        Observed<T> observed = new Observed<>(actual, watch);
        Observation.Scope scope = watch.callsOut() ? opened(watch.observation) : Observation.Scope.NOOP;
        try {
            watch.source().subscribe(observed);
        } catch (Throwable e) {
            observed.failed(e);
            throw e;
        } finally {
            Watch.guarded(scope::close);
        }
    }

    private static Observation.Scope opened(Observation observation) {
        Observation.Scope[] scope = {Observation.Scope.NOOP};
        Watch.guarded(() -> scope[0] = observation.openScope());
        return scope[0];
    }

    private static final class Observed<T> extends AtomicBoolean implements CoreSubscriber<T>, Subscription {

        private final transient CoreSubscriber<? super T> actual;
        private final transient Watch<T> watch;
        private final transient Context context;
        private transient Subscription upstream = Operators.emptySubscription();
        private boolean done;

        Observed(CoreSubscriber<? super T> actual, Watch<T> watch) {
            this.actual = actual;
            this.watch = watch;
            this.context = actual.currentContext().put(ObservationThreadLocalAccessor.KEY, watch.observation);
        }

        @Override
        public Context currentContext() {
            return context;
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            upstream = subscription;
            actual.onSubscribe(this);
        }

        @Override
        public void onNext(T value) {
            T next = value;
            if (compareAndSet(false, true)) {
                next = watch.seen(value);
                watch.stop();
            }
            actual.onNext(next);
        }

        @Override
        public void onError(Throwable error) {
            if (done) {
                Operators.onErrorDropped(error, context);
                return;
            }
            done = true;
            failed(error);
            actual.onError(error);
        }

        @Override
        public void onComplete() {
            if (done) {
                return;
            }
            done = true;
            if (compareAndSet(false, true)) {
                watch.empty();
                watch.stop();
            }
            actual.onComplete();
        }

        void failed(Throwable error) {
            if (compareAndSet(false, true)) {
                watch.failed(error);
                watch.stop();
            }
        }

        @Override
        public void request(long n) {
            upstream.request(n);
        }

        @Override
        public void cancel() {
            if (compareAndSet(false, true)) {
                watch.cancelled();
                watch.stop();
            }
            upstream.cancel();
        }
    }
}
