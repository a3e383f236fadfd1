package io.awa.reactive.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.testkit.HistoryVerdict.Rule;
import io.awa.reactive.testkit.LifeFact.Came;
import io.awa.reactive.testkit.LifeFact.Ended;
import io.awa.reactive.testkit.LifeFact.Offered;

/** A life told fact by fact, and what its judge says. */
abstract class LifeJudgeCase {

    static final long JOB = 1L << 41 | 1;
    static final long LATER = 1L << 41 | 2;
    final LifeHistory life = new LifeHistory();
    long tick;
    long lease;

    void begun() {
        came(JOB, 'a', 0, 0, 0);
        offered(JOB, 1);
    }

    void scheduledOne() {
        life.fact(new Came(++tick, 5, 5, 's', 0, 1_000, 0, 0));
    }

    void held() {
        lease = 77;
        begun();
        ended(JOB, 'h', 10, 1);
        came(5, 'h', 1, 1, 0);
        ended(5, 'c', 11, 2);
    }

    void came(long place, char state, int attempt, long due, int errors) {
        long job = life.facts.isEmpty() || !(life.facts.get(0) instanceof Came first) ? JOB : first.job();
        life.fact(new Came(++tick, job, place, state, attempt, due, errors, "hw".indexOf(state) < 0 ? 0 : lease));
    }

    void offered(long place, long nonce) {
        life.fact(new Offered(++tick, place, nonce));
    }

    void ended(long place, char outcome, long closer, long at) {
        life.fact(new Ended(++tick, place, outcome, closer, at, false));
    }

    void isClean() {
        HistoryVerdict verdict = new LifeJudge(life).judge();
        assertThat(verdict.isClean()).as(verdict::report).isTrue();
    }

    void breaks(Rule rule) {
        HistoryVerdict verdict = new LifeJudge(life).judge();
        assertThat(verdict.counts()).as(verdict::report).containsKey(rule);
    }
}
