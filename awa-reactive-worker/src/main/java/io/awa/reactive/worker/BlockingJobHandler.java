package io.awa.reactive.worker;

import org.jspecify.annotations.Nullable;

/**
 * Does a job and blocks its thread meanwhile. Called once an attempt, on a thread that does nothing else until it returns:
 * a virtual thread where the JDK has them and {@code synchronized} does not pin them (24 and newer), else one of a pool
 * that has as many as there are blocking handlers at work.
 *
 * @param <T> the class of the arguments
 */
@FunctionalInterface
public interface BlockingJobHandler<T> {

    /**
     * The job's work. At the attempt's deadline, when somebody else has ended the attempt, and when the timeout of a drain
     * is over, the thread is interrupted and what is answered afterwards does not count. A handler that does not come back
     * then keeps its slot until it does.
     *
     * @return how it ended; null means done
     * @throws Exception to be tried again after the backoff, and failed at the last attempt; a
     *     {@link TerminalJobException} and a payload that cannot be read mean failed for good
     */
    @Nullable
    Outcome handle(ActiveJob<T> job) throws Exception;
}
