package io.awa.reactive.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.testkit.HistoryChecker.End;
import io.awa.reactive.testkit.HistoryChecker.Found;
import io.awa.reactive.testkit.HistoryChecker.Member;
import io.awa.reactive.testkit.HistoryChecker.Settling;
import io.awa.reactive.testkit.HistoryChecker.Token;
import io.awa.reactive.testkit.HistoryVerdict.Rule;
import java.util.Arrays;
import java.util.List;

/** Short words for histories. */
abstract class HistoryWords {

    final HistoryChecker history = new HistoryChecker();
    long nonces;

    void stored(long... ids) {
        history.commitRequested(ids).answered();
    }

    Token claimed(int no, long... positions) {
        Token token = new Token(1, 0, no, ++nonces);
        history.claimBegun().answered(token, positions);
        return token;
    }

    Settling settled(long closer, Member... members) {
        Settling settling = history.settleSent(closer, List.of(members));
        boolean[] accepted = new boolean[members.length];
        Arrays.fill(accepted, true);
        settling.answered(accepted);
        return settling;
    }

    void end(Token token) {
        settled(1_000 + nonces, end(token, 0, End.COMPLETED));
    }

    static Member end(Token token, int ordinal, End end) {
        return new Member(token, ordinal, end);
    }

    Found found(long... stored) {
        Found found = history.finalState();
        found.stored(stored);
        return found;
    }

    void isClean() {
        HistoryVerdict verdict = history.judge();
        assertThat(verdict.isClean()).as(verdict::report).isTrue();
    }

    void breaks(Rule rule) {
        HistoryVerdict verdict = history.judge();
        assertThat(verdict.counts()).as(verdict::report).containsKey(rule);
        assertThat(verdict.violations())
                .allSatisfy(violation -> assertThat(violation.events()).isNotEmpty());
    }
}
