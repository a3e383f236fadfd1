package io.awa.reactive.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.testkit.HistoryChecker.Cancelling;
import io.awa.reactive.testkit.HistoryChecker.Claiming;
import io.awa.reactive.testkit.HistoryChecker.End;
import io.awa.reactive.testkit.HistoryChecker.Member;
import io.awa.reactive.testkit.HistoryChecker.Token;
import io.awa.reactive.testkit.HistoryVerdict.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Each rule: a small history that breaks it, and one just beside it that does not. */
class HistoryCheckerTest extends HistoryWords {

    @Test
    void aPlainLifeIsClean() {
        stored(1, 2, 3);
        Token first = claimed(1, 1, 2);
        assertThat(settled(10, end(first, 0, End.COMPLETED), end(first, 1, End.RELEASED)))
                .isNotNull();
        Token second = claimed(2, 2, 3);
        settled(11, end(second, 0, End.FAILED), end(second, 1, End.CANCELLED));
        HistoryVerdict verdict = history.judge();
        assertThat(verdict.report()).isEqualTo("3 jobs committed, 4 offers, 3 ended: clean\n");
    }

    @Test
    void aJobWithoutAnEndIsLost() {
        stored(1);
        stored(2);
        end(claimed(1, 1));
        breaks(Rule.LOST);
    }

    @Test
    void aJobWhoseCommitWasNotAnsweredMayBeMissing() {
        history.commitRequested(1);
        history.commitRequested();
        isClean();
    }

    @Test
    void unlessTheFinalStateHasIt() {
        history.commitRequested(1);
        history.finalState().stored(1);
        breaks(Rule.LOST);
    }

    @Test
    void anEndWhoseAnswerWasLostMayHaveHappened() {
        stored(1);
        history.settleSent(10, List.of(end(claimed(1, 1), 0, End.COMPLETED)));
        isClean();
    }

    @Test
    void anAbortedOneHasNot() {
        stored(1);
        history.settleSent(10, List.of(end(claimed(1, 1), 0, End.COMPLETED))).aborted();
        breaks(Rule.LOST);
    }

    @Test
    void aJobNobodyStoredIsInvented() {
        stored(1);
        end(claimed(1, 1, 2));
        breaks(Rule.INVENTED);
    }

    @Test
    void soIsOneWhoseProducerAborted() {
        history.commitRequested(1).aborted();
        end(claimed(1, 1));
        breaks(Rule.INVENTED);
    }

    @Test
    void anAbortedProducerLeavesNothing() {
        history.commitRequested(1).aborted();
        isClean();
        history.finalState().stored(1);
        breaks(Rule.INVENTED);
    }

    @Test
    void anUnansweredStatementMayHaveStoredIt() {
        history.commitRequested();
        end(claimed(1, 1));
        isClean();
    }

    @Test
    void twoClosersCannotEndOneMember() {
        stored(1);
        Token token = claimed(1, 1);
        settled(10, end(token, 0, End.COMPLETED));
        settled(11, end(token, 0, End.CANCELLED));
        breaks(Rule.ENDED_TWICE);
    }

    @Test
    void oneCloserMaySendItAgain() {
        stored(1);
        Token token = claimed(1, 1);
        history.settleSent(10, List.of(end(token, 0, End.COMPLETED)));
        settled(10, end(token, 0, End.COMPLETED));
        isClean();
    }

    @Test
    void aCancelledJobCannotEndOnceMore() {
        stored(1);
        Claiming claim = history.claimBegun();
        history.cancelSent(1).answered(1);
        Token token = new Token(1, 0, 1, 1);
        claim.answered(token, 1);
        end(token);
        breaks(Rule.ENDED_TWICE);
    }

    @Test
    void noJobIsCancelledTwice() {
        stored(1);
        history.cancelSent(1).answered(1);
        Cancelling again = history.cancelSent(1);
        again.answered(1);
        assertThatThrownBy(again::aborted).isInstanceOf(IllegalStateException.class);
        breaks(Rule.ENDED_TWICE);
    }

    @Test
    void aCancelledJobIsNotOffered() {
        stored(1);
        history.cancelSent(1).answered(1);
        claimed(1, 1);
        breaks(Rule.NOT_DURABLE);
    }

    @Test
    void aJobIsNotOfferedTwice() {
        stored(1);
        claimed(1, 1);
        end(claimed(2, 1));
        breaks(Rule.OFFERED_TWICE);
    }

    @Test
    void notAfterAReleaseThatWasRefusedEither() {
        stored(1);
        history.settleSent(10, List.of(end(claimed(1, 1), 0, End.RELEASED))).answered(false);
        end(claimed(2, 1));
        breaks(Rule.OFFERED_TWICE);
    }

    @Test
    void afterAReleaseARescueOrACrashItMayBe() {
        stored(1);
        settled(10, end(claimed(1, 1), 0, End.RELEASED));
        history.rescued(claimed(2, 1), 0);
        claimed(3, 1);
        history.crashed();
        end(claimed(3, 1));
        isClean();
    }

    @Test
    void everySegmentIsReclaimed() {
        history.finalState().segmentLeft("segment 7 in child 3: open claims");
        HistoryVerdict verdict = history.judge();
        assertThat(verdict.counts()).containsOnlyKeys(Rule.NOT_PRUNED);
        assertThat(verdict.report()).contains("NOT_PRUNED a segment is left", "segment 7 in child 3");
    }

    @Test
    void theReportShowsTheEventsOfAJob() {
        stored(1, 5);
        Token first = claimed(1, 1, 5);
        settled(10, end(first, 0, End.COMPLETED), end(first, 1, End.COMPLETED));
        settled(11, end(first, 1, End.FAILED));
        HistoryVerdict verdict = history.judge();
        assertThat(verdict.violations())
                .allSatisfy(violation -> assertThat(violation.events())
                        .hasSize(4)
                        .anyMatch(line -> line.contains("stored [1, 5]"))
                        .anyMatch(line -> line.contains("claimed as"))
                        .anyMatch(line -> line.contains("closer 11") && line.endsWith("ACCEPTED")));
        assertThat(verdict.report()).contains("ENDED_TWICE job 5");
    }

    @Test
    void halfAMillionJobsAreJudgedInSeconds() {
        int batch = 100;
        SplittableRandom random = new SplittableRandom(1);
        long started = System.nanoTime();
        List<Token> open = new ArrayList<>();
        for (long id = 1; id <= 500_000; id += batch) {
            stored(LongStream.range(id, id + batch).toArray());
            open.add(claimed((int) id, LongStream.range(id, id + batch).toArray()));
        }
        Collections.shuffle(open, new java.util.Random(random.nextLong()));
        for (Token token : open) {
            List<Member> members = new ArrayList<>();
            for (int ordinal = 0; ordinal < batch; ordinal++) {
                members.add(end(token, ordinal, End.COMPLETED));
            }
            settled(++nonces, members.toArray(Member[]::new));
        }
        isClean();
        assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(20));
    }
}
