package io.awa.reactive.worker;

import io.awa.reactive.engine.Progress;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What one attempt has reported: nothing, at no cost, for most of them. */
final class Reports {

    private final Attempt attempt;
    private final AtomicReference<@Nullable ProgressBox> box = new AtomicReference<>();

    Reports(Attempt attempt) {
        this.attempt = attempt;
    }

    /** Made by the first report. */
    ProgressBox box() {
        ProgressBox known = box.get();
        if (known != null) {
            return known;
        }
        ProgressBox fresh = new ProgressBox(
                attempt,
                attempt.tools().progress(),
                attempt.job().lastProgress().orElse(Progress.NONE));
        return box.compareAndSet(null, fresh) ? fresh : box();
    }

    /** The newest report, unless it is known to be written. */
    @Nullable
    Progress unwritten() {
        ProgressBox known = box.get();
        return known != null && known.isDirty() ? known.newest().progress() : null;
    }

    /** Nothing more is written; who waits for that hears it. */
    void end() {
        attempt.tools().progress().forget(attempt);
        ProgressBox known = box.get();
        if (known != null) {
            known.lost(attempt.claimed.stale());
        }
    }
}
