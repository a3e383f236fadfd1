package io.awa.reactive.storage.random;

import io.awa.reactive.internal.pg.SqlState;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** One party: steps until the run stops, with a session that is replaced when it is lost. */
abstract class Fiber extends Thread {

    final Run run;
    final SplittableRandom random;
    private @Nullable Session session;

    Fiber(String name, Run run, SplittableRandom random) {
        super(name);
        this.run = run;
        this.random = random;
        setDaemon(true);
    }

    /** One step of its own. */
    abstract void step();

    /** Clears up what it is unsure of, when the run stops; true when nothing is left. */
    boolean settle() {
        return true;
    }

    /** Whether it goes on while the others are calm. */
    boolean goesOn() {
        return false;
    }

    /** The session, opened where there is none. */
    Session session() {
        Session known = session;
        if (known == null) {
            known = open();
            session = known;
        }
        return known;
    }

    Session open() {
        return run.storage.session(getName());
    }

    @Override
    public final void run() {
        while (!run.isStopping()) {
            if (run.isCalm() && !goesOn()) {
                Run.pause(5);
                continue;
            }
            guarded(this::step);
        }
        boolean[] settled = new boolean[1];
        for (int tries = 0; !settled[0] && tries < 200; tries++) {
            guarded(() -> settled[0] = settle());
        }
        if (!settled[0]) {
            run.faults.add(new IllegalStateException(getName() + " never learned what became of its last request"));
        }
        drop();
        end();
    }

    /** Closes what the session is not. */
    void end() {}

    private void guarded(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | AssertionError e) {
            if (!run.isExpected(e)) {
                drop();
            } else if (SqlState.of(e) == SqlState.CONNECTION) {
                drop();
                Run.pause(20);
            } else {
                rollback();
            }
        }
    }

    private void rollback() {
        try {
            session().run("ROLLBACK");
        } catch (RuntimeException e) {
            drop();
        }
    }

    private void drop() {
        Session known = session;
        session = null;
        if (known != null) {
            known.close();
        }
    }
}
