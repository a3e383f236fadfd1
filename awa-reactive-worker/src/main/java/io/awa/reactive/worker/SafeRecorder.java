package io.awa.reactive.worker;

import io.awa.reactive.engine.Ending;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps what a recorder throws away from jobs. */
final class SafeRecorder implements WorkerRecorder {

    private static final Logger LOG = LoggerFactory.getLogger(SafeRecorder.class);

    private final WorkerRecorder recorder;

    private SafeRecorder(WorkerRecorder recorder) {
        this.recorder = recorder;
    }

    static WorkerRecorder of(WorkerRecorder recorder) {
        return recorder == NONE ? NONE : new SafeRecorder(recorder);
    }

    @Override
    public void started(RunningWorker worker) {
        try {
            recorder.started(worker);
        } catch (Throwable e) {
            failed(e);
        }
    }

    @Override
    public void stopped(RunningWorker worker) {
        try {
            recorder.stopped(worker);
        } catch (Throwable e) {
            failed(e);
        }
    }

    @Override
    public void claimed(String queue, int jobs, long nanos) {
        try {
            recorder.claimed(queue, jobs, nanos);
        } catch (Throwable e) {
            failed(e);
        }
    }

    @Override
    public void ran(String queue, String kind, long waitNanos, long runNanos) {
        try {
            recorder.ran(queue, kind, waitNanos, runNanos);
        } catch (Throwable e) {
            failed(e);
        }
    }

    @Override
    public void ended(String queue, String kind, Ending ending) {
        try {
            recorder.ended(queue, kind, ending);
        } catch (Throwable e) {
            failed(e);
        }
    }

    @Override
    public void stale(String queue, String kind) {
        try {
            recorder.stale(queue, kind);
        } catch (Throwable e) {
            failed(e);
        }
    }

    @Override
    public void flushed(int ends, long nanos) {
        try {
            recorder.flushed(ends, nanos);
        } catch (Throwable e) {
            failed(e);
        }
    }

    private static void failed(Throwable error) {
        LOG.warn("A recorder failed; no job is affected", error);
    }
}
