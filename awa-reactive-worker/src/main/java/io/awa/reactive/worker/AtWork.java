package io.awa.reactive.worker;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The attempts of a queue that are not over, parked ones included: who looks after all of them, or for one. */
final class AtWork {

    private final Set<Attempt> attempts = ConcurrentHashMap.newKeySet();

    void add(Attempt attempt) {
        attempts.add(attempt);
    }

    /** It is over. */
    void remove(Attempt attempt) {
        if (attempts.remove(attempt) && attempt.isBegun()) {
            attempt.tools().counters().ran(attempt);
        }
    }

    /** Looks after deadlines, holds, graces. */
    void sweep(long now) {
        attempts.forEach(attempt -> attempt.sweep(now));
    }

    /** Somebody else has ended an attempt, named by claim and ordinal, or by 0 and its lease. */
    void interrupt(long nonce, long ordinalOrLease) {
        attempts.forEach(attempt -> {
            if (attempt.isNamed(nonce, ordinalOrLease)) {
                attempt.endedElsewhere();
            }
        });
    }

    /** Those that stand in the store and run. */
    List<Attempt> held() {
        return all().stream().filter(attempt -> attempt.place() == Place.HELD).toList();
    }

    void leaveParked() {
        attempts.forEach(Attempt::leaveParked);
    }

    List<Attempt> all() {
        return List.copyOf(attempts);
    }

    boolean isEmpty() {
        return attempts.isEmpty();
    }

    int size() {
        return attempts.size();
    }

    /** Ends those whose handler was not called yet; answers the jobs that are to go back. */
    List<Member> unbegun() {
        return attempts.stream()
                .filter(attempt -> !attempt.isBegun() && attempt.giveBack() == Back.RELEASE)
                .map(attempt -> attempt.claimed)
                .toList();
    }

    /** Disposes handlers that are still at work; answers their jobs. */
    List<Member> cut() {
        List<Member> cut = new ArrayList<>();
        for (Attempt attempt : attempts) {
            if (attempt.interrupt()) {
                cut.add(attempt.claimed);
            }
        }
        return cut;
    }
}
