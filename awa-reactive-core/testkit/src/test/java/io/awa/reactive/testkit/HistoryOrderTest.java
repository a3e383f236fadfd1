package io.awa.reactive.testkit;

import io.awa.reactive.testkit.HistoryChecker.Claiming;
import io.awa.reactive.testkit.HistoryChecker.End;
import io.awa.reactive.testkit.HistoryChecker.Storing;
import io.awa.reactive.testkit.HistoryChecker.Token;
import io.awa.reactive.testkit.HistoryVerdict.Rule;
import org.junit.jupiter.api.Test;

/** Order inside a lane: histories that break it, and some just beside them. */
class HistoryOrderTest extends HistoryWords {

    @Test
    void theLaneKeepsTheOrderOfCommits() {
        stored(1);
        stored(2);
        end(claimed(1, 2));
        end(claimed(2, 1));
        breaks(Rule.OUT_OF_ORDER);
    }

    @Test
    void alsoWhenTheClaimBeganBeforeBoth() {
        Claiming claim = history.claimBegun();
        stored(1);
        stored(2);
        Token token = new Token(7, 0, 1, 99);
        claim.answered(token, 2);
        end(token);
        end(claimed(1, 1));
        breaks(Rule.OUT_OF_ORDER);
    }

    @Test
    void alsoWhenTheLedgerAloneTellsTheOrder() {
        stored(1);
        stored(2);
        Claiming late = history.claimBegun();
        end(claimed(1, 2));
        Token token = new Token(1, 0, 2, 99);
        late.answered(token, 1);
        end(token);
        breaks(Rule.OUT_OF_ORDER);
    }

    @Test
    void aClaimThatOnlyTheDatabaseTellsOfOffersItsJobs() {
        Claiming before = history.claimBegun();
        before.nothing();
        stored(1);
        stored(2);
        Token token = new Token(1, 0, 1, 99);
        history.witnessed(before, token, 1, 2);
        settled(10, end(token, 0, End.COMPLETED), end(token, 1, End.COMPLETED));
        isClean();
    }

    @Test
    void whatAClaimThatWasTakenBackPassedOverIsNoEvidence() {
        stored(1);
        stored(2);
        Token lost = claimed(1, 2);
        history.crashed();
        end(claimed(2, 1));
        end(claimed(3, 2));
        breaks(Rule.OUT_OF_ORDER);
        history.takenBack(lost.nonce());
        isClean();
    }

    @Test
    void aJobCommittedLaterMayComeLater() {
        Storing open = history.commitRequested(1);
        stored(2);
        end(claimed(1, 2));
        open.answered();
        end(claimed(2, 1));
        isClean();
    }

    @Test
    void aReleasedJobKeepsItsPlaceAndBreaksNothing() {
        stored(1, 2);
        settled(10, end(claimed(1, 1), 0, End.RELEASED));
        end(claimed(2, 2));
        end(claimed(3, 1));
        isClean();
    }

    @Test
    void lanesDoNotWaitForEachOther() {
        long other = 1L << HistoryChecker.LANE_SHIFT;
        stored(1);
        stored(other + 1);
        end(claimed(1, other + 1));
        end(claimed(2, 1));
        isClean();
    }
}
