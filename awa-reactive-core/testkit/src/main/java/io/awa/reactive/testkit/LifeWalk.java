package io.awa.reactive.testkit;

import io.awa.reactive.testkit.HistoryVerdict.Rule;
import io.awa.reactive.testkit.LifeFact.Came;
import io.awa.reactive.testkit.LifeFact.Ended;
import io.awa.reactive.testkit.LifeFact.Offered;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Follows one job through its places, in the order of its facts. */
final class LifeWalk {

    /** As many errors as a job keeps. */
    static final int KEPT_ERRORS = 10;

    private static final String RESTING = "fdx";
    private static final String FINAL = "cga";
    private static final String DELAYED = "stz";
    private static final long MICROS = 1_000;

    private final LifeHistory history;
    private final Map<Long, Integer> toldAttempts;
    private final Report report;
    private @Nullable Came live;
    private @Nullable Came last;
    private @Nullable Ended end;
    private @Nullable Offered running;

    LifeWalk(LifeHistory history, Map<Long, Integer> toldAttempts, Report report) {
        this.history = history;
        this.toldAttempts = toldAttempts;
        this.report = report;
    }

    /** The job's facts by tick. Answers the code of the state its last life ended in, or {@code ?}. */
    char walk(List<LifeFact> facts) {
        for (LifeFact fact : facts) {
            if (fact instanceof Came came) {
                came(came);
            } else if (fact instanceof Offered offered) {
                offered(offered);
            } else if (fact instanceof Ended ended) {
                ended(ended);
            }
        }
        return over();
    }

    private void came(Came came) {
        if (live != null) {
            report.violation(Rule.TWO_PLACES, "came to " + came.place() + " while it stood in " + live.place());
        } else if (end != null && last != null) {
            followed(last, end, came);
        } else if (came.attempt() != 0 || came.errors() != 0) {
            report.violation(Rule.WRONG_ATTEMPT, "began with attempt " + came.attempt());
        }
        live = came;
        running = null;
    }

    private void offered(Offered offered) {
        Came here = live;
        if (here == null || here.place() != offered.place()) {
            report.violation(Rule.OFFERED_TWICE, "was offered at " + offered.place() + ", where it does not stand");
        } else if (running != null) {
            report.violation(Rule.OFFERED_TWICE, "was offered while an attempt of it ran");
        } else {
            Integer told = toldAttempts.get(offered.nonce() ^ offered.place() * 0x9E3779B97F4A7C15L);
            if (told != null && told != here.attempt() + 1) {
                report.violation(Rule.WRONG_ATTEMPT, "its attempt " + (here.attempt() + 1) + " was told to be " + told);
            }
        }
        running = offered;
    }

    private void ended(Ended ended) {
        Came here = live;
        if (here == null || here.place() != ended.place()) {
            report.violation(Rule.ENDED_TWICE, "was ended at " + ended.place() + ", where it does not stand");
            return;
        }
        if (here.state() == 'a' && ended.marked() == (running != null)) {
            report.violation(
                    Rule.ENDED_TWICE, ended.marked() ? "was cancelled while it ran" : "was ended while it did not run");
        }
        running = null;
        if (ended.outcome() != 'r') {
            last = here;
            end = ended;
            live = null;
        }
    }

    private void followed(Came from, Ended by, Came next) {
        char outcome = by.outcome();
        if (FINAL.indexOf(outcome) >= 0) {
            report.violation(Rule.TWO_PLACES, "came back after it had ended as " + outcome);
            return;
        }
        boolean wasRunning = from.state() == 'a' && !by.marked() || from.state() == 'h' || from.state() == 'w';
        boolean byHand = history.of(by.closer(), LifeJudge.BY_HAND) != null;
        // Nothing ends a job again that was cancelled in its lane: it comes back from where it rests.
        boolean risen = by.marked() && outcome == 'x';
        boolean requeue = (next.state() == 'a' || next.state() == 's')
                && (RESTING.indexOf(from.state()) >= 0 || from.state() == 'w' || risen);
        if (!mayFollow(from, by, next, byHand)) {
            report.violation(
                    Rule.BROKEN_LIFE,
                    "ended as " + outcome + " in " + from.state() + " and came back as " + next.state());
            return;
        }
        int attempt = from.attempt() + (from.state() == 'a' && wasRunning ? 1 : 0);
        if (outcome == 'z' && wasRunning) {
            attempt--;
        }
        if (next.attempt() != attempt && !(requeue && next.attempt() == 0)) {
            report.violation(Rule.WRONG_ATTEMPT, "came back with attempt " + next.attempt() + ", not " + attempt);
        }
        LifeHistory.Asked asked = history.of(by.closer(), from.lease() != 0 ? from.lease() : from.place());
        errors(from, by, next, wasRunning, asked);
        due(from, by, next, asked, byHand);
        if (("hw".indexOf(next.state()) >= 0 && "hw".indexOf(from.state()) >= 0) && next.lease() != from.lease()) {
            report.violation(Rule.BROKEN_LIFE, "lost its lease");
        }
    }

    private static boolean mayFollow(Came from, Ended by, Came next, boolean byHand) {
        char state = next.state();
        return switch (by.outcome()) {
            case 'p' -> state == 'a' || byHand && (state == 's' || state == from.state());
            case 'm' -> state == from.state() || by.marked() && state == 'x' || byHand && state == 's';
            case 'x' -> state == 'x' || by.marked() && (state == 'a' || state == 's');
            case 'f' -> state == 'f' || state == 'd';
            default -> state == by.outcome();
        };
    }

    private void errors(Came from, Ended by, Came next, boolean ran, LifeHistory.@Nullable Asked asked) {
        int least = Math.min(KEPT_ERRORS, from.errors() + (asked != null ? asked.errors() : 0));
        boolean mayFail = asked == null && ran && "tfdx".indexOf(by.outcome()) >= 0;
        int asks = asked != null ? asked.mostErrors() : mayFail ? 1 : 0;
        int most = Math.min(KEPT_ERRORS, from.errors() + asks);
        boolean requeued = next.state() == 'a' && RESTING.indexOf(from.state()) >= 0 && next.errors() == 0;
        if ((next.errors() < least || next.errors() > most) && !requeued) {
            report.violation(
                    Rule.WRONG_ERRORS,
                    "came back with " + next.errors() + " errors, not " + least + (most > least ? " or more" : ""));
        }
    }

    private void due(Came from, Ended by, Came next, LifeHistory.@Nullable Asked asked, boolean byHand) {
        if (DELAYED.indexOf(next.state()) >= 0 && DELAYED.indexOf(from.state()) < 0 && by.at() != 0) {
            long least = by.at() + (asked == null ? 0 : asked.delayMs() * MICROS);
            if (next.due() < least) {
                report.violation(
                        Rule.TOO_EARLY, "is due " + (least - next.due()) + " µs before the delay that was asked for");
            }
        }
        if (by.outcome() == 'p' && DELAYED.indexOf(from.state()) >= 0 && by.at() < from.due() && !byHand) {
            report.violation(Rule.TOO_EARLY, "came back " + (from.due() - by.at()) + " µs before it was due");
        }
    }

    private char over() {
        Came here = live;
        if (here != null) {
            if (RESTING.indexOf(here.state()) >= 0) {
                return here.state();
            }
            if (history.isDrained()) {
                report.violation(
                        Rule.LOST, "is still " + here.state() + (running == null ? "" : ", running") + " at the end");
            }
            return '?';
        }
        Ended by = end;
        if (by == null) {
            return '?';
        }
        boolean isOver = FINAL.indexOf(by.outcome()) >= 0 || by.outcome() == 'x' && last != null && last.state() == 'a';
        if (!isOver) {
            report.violation(Rule.LOST, "ended as " + by.outcome() + " and came nowhere");
        }
        return by.outcome();
    }

    /** Receives a violation of the job that is followed. */
    @FunctionalInterface
    interface Report {
        void violation(Rule rule, String what);
    }
}
