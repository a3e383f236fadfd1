package io.awa.reactive.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.testkit.HistoryVerdict.Rule;
import io.awa.reactive.testkit.LifeFact.Ended;
import io.awa.reactive.testkit.LifeHistory.Answer;
import org.junit.jupiter.api.Test;

/** Each rule of a life: one that breaks it, and one just beside it that does not. */
class LifeJudgeTest extends LifeJudgeCase {

    @Test
    void aWholeLifeIsClean() {
        lease = 77;
        life.asked(10, JOB, 50, 1);
        life.asked(11, LATER, 0, 0);
        life.asked(12, 77, 0, 0);
        came(JOB, 'a', 0, 0, 0);
        offered(JOB, 1);
        life.toldAttempt(1, JOB, 1);
        ended(JOB, 't', 10, 1_000);
        came(5, 't', 1, 51_000, 1);
        ended(5, 'p', 20, 60_000);
        came(LATER, 'a', 1, 51_000, 1);
        offered(LATER, 2);
        ended(LATER, 'h', 11, 70_000);
        came(6, 'h', 2, 0, 1);
        ended(6, 'z', 12, 80_000);
        life.settled(12, 77, Answer.WON);
        came(7, 'z', 1, 80_000, 1);
        ended(7, 'p', 21, 80_001);
        came(LATER + 1, 'a', 1, 80_000, 1);
        offered(LATER + 1, 3);
        ended(LATER + 1, 'r', 13, 80_002);
        offered(LATER + 1, 4);
        ended(LATER + 1, 'f', 14, 80_003);
        came(8, 'd', 2, 0, 2);
        life.byHand(30);
        ended(8, 'p', 30, 90_000);
        came(LATER + 2, 'a', 0, 0, 0);
        offered(LATER + 2, 5);
        ended(LATER + 2, 'c', 15, 91_000);
        isClean();
        assertThat(life.outcomes()).containsEntry('c', 1L);
    }

    @Test
    void anEntryThatNobodyTakesIsLost() {
        begun();
        ended(JOB, 't', 10, 1);
        came(5, 't', 1, 1, 0);
        breaks(Rule.LOST);
        assertThat(life.outcomes()).containsEntry('?', 1L);
    }

    @Test
    void unlessTheRunStoppedEarly() {
        life.stoppedEarly();
        begun();
        ended(JOB, 't', 10, 1);
        came(5, 't', 1, 1, 0);
        isClean();
    }

    @Test
    void aRetryWithoutAnEntryIsLost() {
        begun();
        ended(JOB, 't', 10, 1);
        breaks(Rule.LOST);
    }

    @Test
    void soIsAPromotionWithoutAPosition() {
        scheduledOne();
        ended(5, 'p', 10, 1_000);
        breaks(Rule.LOST);
    }

    @Test
    void aFailedJobRests() {
        begun();
        ended(JOB, 'f', 10, 1);
        came(5, 'f', 1, 0, 1);
        isClean();
        assertThat(life.outcomes()).containsEntry('f', 1L);
    }

    @Test
    void aCancelledOneNeedsNoEntry() {
        came(JOB, 'a', 0, 0, 0);
        life.fact(new Ended(++tick, JOB, 'x', 0, 0, true));
        isClean();
    }

    @Test
    void noJobHasTwoPlaces() {
        begun();
        came(5, 't', 1, 1, 0);
        breaks(Rule.TWO_PLACES);
    }

    @Test
    void noneComesBackFromItsEnd() {
        begun();
        ended(JOB, 'c', 10, 1);
        came(5, 't', 1, 1, 0);
        breaks(Rule.TWO_PLACES);
    }

    @Test
    void twoEntriesOfOneEnd() {
        begun();
        ended(JOB, 't', 10, 1);
        came(5, 't', 1, 1, 0);
        came(6, 't', 1, 1, 0);
        breaks(Rule.TWO_PLACES);
    }

    @Test
    void aPlaceEndsOnce() {
        begun();
        ended(JOB, 'c', 10, 1);
        ended(JOB, 'c', 11, 1);
        breaks(Rule.ENDED_TWICE);
    }

    @Test
    void noCancelOfWhatRuns() {
        begun();
        life.fact(new Ended(++tick, JOB, 'x', 0, 0, true));
        breaks(Rule.ENDED_TWICE);
    }

    @Test
    void noClosureOfWhatDoesNotRun() {
        came(JOB, 'a', 0, 0, 0);
        ended(JOB, 'c', 10, 1);
        breaks(Rule.ENDED_TWICE);
    }

    @Test
    void anAttemptAtATime() {
        begun();
        offered(JOB, 2);
        breaks(Rule.OFFERED_TWICE);
    }

    @Test
    void noOfferOfWhatStandsElsewhere() {
        begun();
        ended(JOB, 't', 10, 1);
        came(5, 't', 1, 1, 0);
        offered(JOB, 2);
        breaks(Rule.OFFERED_TWICE);
    }

    @Test
    void whatFollowsFitsTheEnd() {
        begun();
        ended(JOB, 't', 10, 1);
        came(5, 'z', 1, 1, 0);
        breaks(Rule.BROKEN_LIFE);
    }

    @Test
    void aLeaseStaysTheSame() {
        begun();
        ended(JOB, 'h', 10, 1);
        lease = 77;
        came(5, 'h', 1, 1, 0);
        ended(5, 'w', 11, 2);
        lease = 78;
        came(6, 'w', 1, 1, 0);
        ended(6, 'c', 12, 3);
        breaks(Rule.BROKEN_LIFE);
    }

    @Test
    void aRetryCounts() {
        begun();
        ended(JOB, 't', 10, 1);
        came(5, 't', 0, 1, 0);
        breaks(Rule.WRONG_ATTEMPT);
    }

    @Test
    void aSnoozeDoesNot() {
        begun();
        ended(JOB, 'z', 10, 1);
        came(5, 'z', 1, 1, 0);
        breaks(Rule.WRONG_ATTEMPT);
    }

    @Test
    void theWorkerIsToldTheNumber() {
        life.toldAttempt(1, JOB, 2);
        begun();
        ended(JOB, 'c', 10, 1);
        breaks(Rule.WRONG_ATTEMPT);
    }

    @Test
    void theDelayIsKept() {
        life.asked(10, JOB, 5, 0);
        begun();
        ended(JOB, 'z', 10, 1_000);
        came(5, 'z', 0, 5_999, 0);
        breaks(Rule.TOO_EARLY);
    }

    @Test
    void nothingIsPromotedBeforeItIsDue() {
        scheduledOne();
        ended(5, 'p', 10, 999);
        came(JOB, 'a', 0, 0, 0);
        offered(JOB, 1);
        ended(JOB, 'c', 11, 0);
        breaks(Rule.TOO_EARLY);
    }

    @Test
    void unlessByHand() {
        life.byHand(10);
        scheduledOne();
        ended(5, 'p', 10, 999);
        came(JOB, 'a', 0, 0, 0);
        offered(JOB, 1);
        ended(JOB, 'c', 11, 0);
        isClean();
    }

    @Test
    void anErrorIsAdded() {
        life.asked(10, JOB, 0, 1);
        begun();
        ended(JOB, 'f', 10, 1);
        came(5, 'f', 1, 0, 0);
        breaks(Rule.WRONG_ERRORS);
    }

    @Test
    void aSnoozeAddsNone() {
        begun();
        ended(JOB, 'z', 10, 1);
        came(5, 'z', 0, 1, 1);
        breaks(Rule.WRONG_ERRORS);
    }
}
