package io.awa.reactive.storage.random;

import io.awa.reactive.internal.pg.SqlState;
import io.awa.reactive.testkit.HistoryChecker.Claiming;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Claims by the SQL functions; a free one does without the lane's lock. Asks again about answers that were lost. */
final class Claimer extends Fiber {

    private static final int[] SIZES = {1, 1, 2, 5, 20, 50, 200};

    private final String function;
    private final Deque<Lost> lost = new ArrayDeque<>();

    Claimer(int number, boolean free, Run run, SplittableRandom random) {
        super("claimer " + number, run, random);
        this.function = free ? "claim_free" : "claim";
    }

    @Override
    Session open() {
        return run.crashes ? run.storage.asynchronous(getName()) : super.open();
    }

    @Override
    boolean goesOn() {
        return true;
    }

    @Override
    void step() {
        settle();
        int queue = run.queues.get(random.nextInt(run.queues.size()));
        int n = SIZES[random.nextInt(SIZES.length)] * run.scale;
        Lost asked = new Lost(run.history.claimBegun(), queue, run.nonce());
        lost.add(asked);
        Taken taken = ask(asked, n);
        if (random.nextInt(20) == 0) {
            // As if the answer had been lost on its way.
            return;
        }
        lost.removeLast();
        answered(asked, taken);
        Run.pause(taken == null ? 3 : random.nextInt(run.slowClaimers ? 60 : 8));
    }

    @Override
    boolean settle() {
        while (!lost.isEmpty()) {
            Lost oldest = lost.getFirst();
            Taken taken = run.client.replay(session(), oldest.queue, oldest.nonce);
            lost.removeFirst();
            run.count(taken == null ? "replays without a claim" : "replays with a claim", 1);
            if (taken == null) {
                run.unresolved(oldest.claiming, oldest.nonce);
            } else {
                answered(oldest, taken);
            }
        }
        return true;
    }

    private @Nullable Taken ask(Lost asked, int n) {
        Session session = session();
        int choice = random.nextInt(100);
        try {
            if (choice >= 20) {
                return run.client.ask(session, function, asked.queue, n, asked.nonce);
            }
            session.run("BEGIN");
            Taken taken = run.client.ask(session, function, asked.queue, n, asked.nonce);
            Run.pause(random.nextInt(5));
            session.run(choice < 8 ? "ROLLBACK" : "COMMIT");
            return choice < 8 ? null : taken;
        } catch (RuntimeException e) {
            if (SqlState.of(e) == SqlState.SERIALIZATION) {
                lost.removeLast();
                asked.claiming.nothing();
            }
            throw e;
        }
    }

    private void answered(Lost asked, @Nullable Taken taken) {
        Client.answered(asked.claiming, taken);
        if (taken != null) {
            run.taken(taken);
        }
    }

    private record Lost(Claiming claiming, int queue, long nonce) {}
}
