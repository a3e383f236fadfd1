package io.awa.reactive.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.testkit.HistoryChecker.End;
import io.awa.reactive.testkit.HistoryChecker.Found;
import io.awa.reactive.testkit.HistoryChecker.Settling;
import io.awa.reactive.testkit.HistoryChecker.Token;
import io.awa.reactive.testkit.HistoryVerdict.Rule;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tokens and the final state: histories that break them, and some just beside them. */
class HistoryTokensTest extends HistoryWords {

    @Test
    void aForgedTokenIsRefused() {
        stored(1);
        Token token = claimed(1, 1);
        end(token);
        settled(11, end(new Token(1, 0, 1, -5), 0, End.COMPLETED));
        breaks(Rule.STALE_ACCEPTED);
    }

    @Test
    void soIsAMemberThatIsNone() {
        stored(1);
        Token token = claimed(1, 1);
        settled(11, end(token, 0, End.COMPLETED), end(token, 1, End.COMPLETED));
        breaks(Rule.STALE_ACCEPTED);
    }

    @Test
    void soIsATokenThatWasReleased() {
        stored(1);
        Token old = claimed(1, 1);
        settled(10, end(old, 0, End.RELEASED));
        settled(11, end(old, 0, End.COMPLETED));
        breaks(Rule.STALE_ACCEPTED);
    }

    @Test
    void soIsATokenLostInACrash() {
        stored(1);
        Token old = claimed(1, 1);
        history.crashed();
        claimed(1, 1);
        end(old);
        breaks(Rule.STALE_ACCEPTED);
    }

    @Test
    void anAcceptedEndStands() {
        stored(1);
        end(claimed(1, 1));
        history.crashed();
        claimed(1, 1);
        breaks(Rule.NOT_DURABLE);
    }

    @Test
    void anAcceptedEndIsInTheFinalState() {
        stored(1);
        end(claimed(1, 1));
        history.finalState().stored(1);
        breaks(Rule.NOT_DURABLE);
        assertThat(history.judge().breaks(Rule.LOST)).isTrue();
    }

    @Test
    void aRefusedEndIsNot() {
        stored(1);
        Token token = claimed(1, 1);
        history.settleSent(10, List.of(end(token, 0, End.COMPLETED))).answered(false);
        found(1).ended(token.nonce(), 0, End.COMPLETED, 10);
        breaks(Rule.NOT_DURABLE);
    }

    @Test
    void theFinalStateDecides() {
        stored(1);
        Token token = claimed(1, 1);
        Settling lost = history.settleSent(10, List.of(end(token, 0, End.COMPLETED)));
        assertThat(lost.isOpen()).isTrue();
        found(1).ended(token.nonce(), 0, End.COMPLETED, 10);
        isClean();
    }

    @Test
    void itNeverHasTwoEnds() {
        stored(1);
        Token token = claimed(1, 1);
        settled(10, end(token, 0, End.COMPLETED));
        Found found = found(1);
        found.ended(token.nonce(), 0, End.COMPLETED, 10);
        found.cancelled(1);
        breaks(Rule.ENDED_TWICE);
    }

    @Test
    void anEndOfAnUnknownAttemptIsInvented() {
        stored(1);
        end(claimed(1, 1));
        found(1).ended(-77, 0, End.COMPLETED, 10);
        breaks(Rule.INVENTED);
    }
}
