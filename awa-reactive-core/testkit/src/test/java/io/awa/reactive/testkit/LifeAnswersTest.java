package io.awa.reactive.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.testkit.HistoryVerdict.Rule;
import io.awa.reactive.testkit.LifeFact.Came;
import io.awa.reactive.testkit.LifeHistory.Answer;
import org.junit.jupiter.api.Test;

/** What was answered, scheduled and counted has to fit the facts: one that does not, and one just beside it. */
class LifeAnswersTest extends LifeJudgeCase {

    @Test
    void whoIsToldItWonDid() {
        held();
        life.settled(12, 77, Answer.WON);
        breaks(Rule.NOT_DURABLE);
    }

    @Test
    void noStrangeLeaseWins() {
        held();
        life.settled(12, 78, Answer.WON);
        breaks(Rule.STALE_ACCEPTED);
    }

    @Test
    void whoIsToldItLostDidNot() {
        held();
        life.settled(11, 77, Answer.LOST);
        breaks(Rule.NOT_DURABLE);
    }

    @Test
    void unlessAnotherTryWasNotAnswered() {
        held();
        life.settled(11, 77, Answer.UNKNOWN);
        life.settled(11, 77, Answer.LOST);
        isClean();
    }

    @Test
    void aCloserEndsALeaseOnce() {
        lease = 77;
        begun();
        ended(JOB, 'h', 10, 1);
        came(5, 'h', 1, 1, 0);
        ended(5, 'w', 11, 2);
        came(6, 'w', 1, 1, 0);
        ended(6, 'h', 12, 3);
        came(7, 'h', 1, 1, 0);
        ended(7, 'w', 11, 4);
        came(8, 'w', 1, 1, 0);
        ended(8, 'c', 13, 5);
        breaks(Rule.ENDED_TWICE);
    }

    @Test
    void anOperatorIsToldTheTruth() {
        scheduledOne();
        ended(5, 'x', 40, 1);
        came(6, 'x', 0, 0, 0);
        life.acted(40, 5, Answer.WON);
        life.acted(41, 5, Answer.LOST);
        isClean();
        life.acted(42, 5, Answer.WON);
        breaks(Rule.NOT_DURABLE);
    }

    @Test
    void whatWasScheduledIsSomewhere() {
        life.scheduled(9).answered();
        begun();
        ended(JOB, 'c', 10, 1);
        breaks(Rule.LOST);
    }

    @Test
    void whatWasNotIsNowhere() {
        life.scheduled(5).aborted();
        scheduledOne();
        ended(5, 'g', 10, 1_000);
        breaks(Rule.INVENTED);
    }

    @Test
    void anEndOfNoPlaceIsInvented() {
        begun();
        ended(JOB, 'c', 10, 1);
        ended(99, 'c', 10, 1);
        breaks(Rule.INVENTED);
    }

    @Test
    void aCrashMayHandOutTheNumbersOfAnAbortedTransactionAgain() {
        life.scheduled(5).aborted();
        scheduledOne();
        ended(5, 'x', 10, 1);
        breaks(Rule.INVENTED);
        life.crashed();
        assertThat(new LifeJudge(life).judge().counts()).doesNotContainKey(Rule.INVENTED);
    }

    @Test
    void whoeverWasToldOfAnEndMadeIt() {
        begun();
        ended(JOB, 't', 7L << 32 | 5, 1);
        came(5, 't', 1, 1, 0);
        ended(5, 'p', 20, 60_000);
        came(LATER, 'a', 1, 1, 0);
        offered(LATER, 2);
        ended(LATER, 'h', 7L << 32 | 6, 2);
        came(6, 'h', 2, 0, 0);
        ended(6, 'c', 8L << 32 | 1, 3);
        life.ended(7, JOB);
        life.ended(8, JOB);
        isClean();
        life.ended(7, JOB);
        breaks(Rule.NOT_DURABLE);
    }

    @Test
    void everyStoreIsReclaimed() {
        begun();
        ended(JOB, 'c', 10, 1);
        life.storeLeft("3 in child 1");
        breaks(Rule.NOT_PRUNED);
    }

    @Test
    void theCheckerAsksBoth() {
        HistoryChecker history = new HistoryChecker();
        history.life().fact(new Came(1, JOB, JOB, 'a', 0, 0, 0, 0));
        assertThat(history.judge().counts()).containsOnlyKeys(Rule.LOST);
    }
}
