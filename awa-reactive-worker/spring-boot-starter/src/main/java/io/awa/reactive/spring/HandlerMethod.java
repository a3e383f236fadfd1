package io.awa.reactive.spring;

import io.awa.reactive.job.JobType;
import io.awa.reactive.worker.ActiveJob;
import io.awa.reactive.worker.AwaWorkerBuilder;
import io.awa.reactive.worker.Outcome;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.core.ResolvableType;
import org.springframework.util.ReflectionUtils;
import reactor.core.publisher.Mono;

/**
 * A method that handles a kind, checked when the application starts.
 *
 * @param <A> the class of the arguments
 */
final class HandlerMethod<A> {

    private final Object bean;
    private final Method method;
    private final JobHandler settings;
    private final JobType<A> type;

    private HandlerMethod(Object bean, Method method, JobHandler settings, JobType<A> type) {
        this.bean = bean;
        this.method = method;
        this.settings = settings;
        this.type = type;
    }

    /** @throws IllegalStateException if the method cannot handle jobs; the message names it and says why */
    static HandlerMethod<?> of(Object bean, Method method, JobHandler settings) {
        Class<?> args = argsType(method);
        String kind = settings.value();
        JobType<?> type = kind.isEmpty() ? JobType.of(args) : JobType.of(kind, args);
        ReflectionUtils.makeAccessible(method);
        return of(bean, method, settings, type.queue(settings.queue()));
    }

    private static <A> HandlerMethod<A> of(Object bean, Method method, JobHandler settings, JobType<A> type) {
        return new HandlerMethod<>(bean, method, settings, type);
    }

    private static Class<?> argsType(Method method) {
        Class<?> args = null;
        Class<?> ofJob = null;
        if (method.getParameterCount() == 0 || method.getParameterCount() > 2) {
            throw refused(method, "takes the arguments of its job, an ActiveJob, or both");
        }
        for (int i = 0; i < method.getParameterCount(); i++) {
            ResolvableType parameter = ResolvableType.forMethodParameter(new MethodParameter(method, i));
            if (parameter.toClass() == ActiveJob.class) {
                if (ofJob != null) {
                    throw refused(method, "has two parameters of the class ActiveJob");
                }
                ofJob = parameter.getGeneric(0).resolve(Object.class);
            } else if (args != null) {
                throw refused(method, "has two parameters for its arguments");
            } else {
                args = parameter.toClass();
            }
        }
        if (args == null) {
            args = ofJob;
        } else if (ofJob != null && ofJob != Object.class && ofJob != args) {
            throw refused(method, "names two classes of arguments, " + args.getName() + " and " + ofJob.getName());
        }
        if (args == null || args == Object.class) {
            throw refused(method, "does not say which class its arguments are of");
        }
        return args;
    }

    void register(AwaWorkerBuilder worker) {
        if (Mono.class.isAssignableFrom(method.getReturnType())) {
            worker.handle(type, job -> called(job).map(HandlerMethod::outcome));
        } else {
            worker.handleBlocking(type, job -> outcome(invoke(job)));
        }
    }

    String kind() {
        return type.kind();
    }

    JobHandler settings() {
        return settings;
    }

    private Mono<?> called(ActiveJob<A> job) {
        try {
            Object answer = invoke(job);
            return answer == null ? Mono.empty() : (Mono<?>) answer;
        } catch (Exception e) {
            return Mono.error(e);
        }
    }

    // The method's own exception, not the one of the call: it is what the attempt's error says.
    private @Nullable Object invoke(ActiveJob<A> job) throws Exception {
        Object[] arguments = new Object[method.getParameterCount()];
        for (int i = 0; i < arguments.length; i++) {
            arguments[i] = method.getParameterTypes()[i] == ActiveJob.class ? job : job.args();
        }
        try {
            return method.invoke(bean, arguments);
        } catch (InvocationTargetException e) {
            ReflectionUtils.rethrowException(e.getTargetException());
            throw e;
        }
    }

    private static Outcome outcome(@Nullable Object answer) {
        return answer instanceof Outcome outcome ? outcome : Outcome.done();
    }

    private static IllegalStateException refused(Method method, String why) {
        return new IllegalStateException("@JobHandler " + method.toGenericString() + " " + why);
    }

    @Override
    public String toString() {
        return method.toGenericString();
    }
}
